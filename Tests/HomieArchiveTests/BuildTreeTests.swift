import FoundationEssentials
import Testing

@testable import HomieArchive

struct BuildTreeTests {
    /// Runs `body` with a directory of these files; names that end with a slash become directories.
    private func withDirectory(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let manager = FileManager.default
        let root = URL.temporaryDirectory.appending(path: "homie-tree-\(UInt64.random(in: 0...(.max)))")
        try manager.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: root) }
        for (name, text) in files {
            let place = root.appending(path: name)
            try manager.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            if !name.hasSuffix("/") { try Data(text.utf8).write(to: place) }
        }
        try await body(root.path)
    }

    private func entries(_ tree: BuildTree) async throws -> [ReadEntry] {
        var bytes: [UInt8] = []
        try await tree.archive { bytes += $0 }
        return readTar(bytes)
    }

    @Test func `packs in the order of names, owned by root, links as links`() async throws {
        try await withDirectory(["b": "2", "a/x": "1", "Dockerfile": "FROM x"]) { root async throws in
            try FileManager.default.createSymbolicLink(atPath: root + "/l", withDestinationPath: "a/../b")
            let tree = try BuildTree(directory: root)
            #expect(tree.dockerfileName == "Dockerfile")
            let packed = try await entries(tree)
            #expect(packed.map(\.path) == ["Dockerfile", "a/", "a/x", "b", "l"])
            #expect(packed.allSatisfy { $0.uid == 0 && $0.gid == 0 })
            #expect(packed.last?.link == "a/../b")
            #expect(try await entries(tree) == packed)
        }
    }

    @Test func `leaves out what is ignored, but never the Dockerfile and the list itself`() async throws {
        let files = [
            ".dockerignore": "*\n!keep\n!src/main.c\n", "Dockerfile": "FROM x", "keep/a": "", "src/main.c": "",
            "src/other.c": "", "gone/b": "",
        ]
        try await withDirectory(files) { root async throws in
            let packed = try await entries(try BuildTree(directory: root))
            #expect(packed.map(\.path) == [".dockerignore", "Dockerfile", "keep/", "keep/a", "src/main.c"])
        }
    }

    @Test func `a Dockerfile from elsewhere goes in, and is hidden from COPY`() async throws {
        try await withDirectory(["context/a": "1", "context/.dockerignore": "b\n", "other/Dockerfile": "FROM y"]) {
            root async throws in
            for tree in [
                try BuildTree(directory: root + "/context", dockerfile: "../other/Dockerfile"),
                try BuildTree(directory: root + "/context/", dockerfile: root + "/other/Dockerfile"),
                try BuildTree(directory: root + "/context", inlineDockerfile: "FROM y"),
            ] {
                #expect(tree.dockerfileName == ".dockerfile.homie")
                let packed = try await entries(tree)
                #expect(packed.map(\.path) == [".dockerfile.homie", ".dockerignore", "a"])
                #expect(packed[0].content == Array("FROM y".utf8))
                #expect(String(decoding: packed[1].content, as: UTF8.self) == "b\n\n.dockerfile.homie\n")
            }
            let inside = try BuildTree(directory: root + "/context", dockerfile: "./sub/../a")
            #expect(inside.dockerfileName == "a")
        }
    }

    @Test func `a large file passes through in pieces`() async throws {
        try await withDirectory([:]) { root async throws in
            try Data(repeating: 5, count: 5 << 20).write(to: URL(filePath: root + "/big"))
            var largest = 0
            var total = 0
            try await BuildTree(directory: root).archive {
                largest = max(largest, $0.count)
                total += $0.count
            }
            #expect(largest <= 1 << 20)
            #expect(total > 5 << 20)
        }
    }

    @Test func `what is no directory is refused`() {
        #expect(throws: ArchiveError.self) { try BuildTree(directory: "/nonexistent") }
    }
}
