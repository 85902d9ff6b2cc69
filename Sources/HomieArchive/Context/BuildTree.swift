/// A directory as the context of an image build.
///
/// Files are packed in the order of their names, owned by root, with their modes and times; sockets and devices are left
/// out, and so is what `.dockerignore` names. The whole is never in memory.
public struct BuildTree: Sendable {
    private static let ignoreFile = ".dockerignore"
    /// How a Dockerfile that is not in the directory is called in the archive.
    private static let foreignDockerfile = ".dockerfile.homie"
    private static let pieceSize = 256 * 1024

    /// The Dockerfile's name in the archive.
    public let dockerfileName: String
    private let directory: [UInt8]
    private let ignored: IgnoreList
    /// Files that are put into the archive, or in the place of files of the directory.
    private let extra: [(name: String, content: [UInt8])]

    /// - Parameters:
    ///   - directory: An absolute path.
    ///   - dockerfile: Relative to the directory, or absolute and then possibly outside; nil for `Dockerfile`.
    ///   - inlineDockerfile: The Dockerfile's text, instead of a file.
    public init(directory: String, dockerfile: String? = nil, inlineDockerfile: String? = nil) throws(ArchiveError) {
        let root = Array(
            (directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory).utf8
        )
        guard HostDirectory.isDirectory(root) else { throw .notADirectory(path: directory) }
        self.directory = root
        let ignoreText = try HostDirectory.content(root + Array("/\(Self.ignoreFile)".utf8))
        var ignored = try IgnoreList(parsing: String(decoding: ignoreText ?? [], as: UTF8.self))
        let foreign: [UInt8]?
        switch (inlineDockerfile, dockerfile.flatMap { Self.relative($0, to: directory) }) {
        case (let text?, _):
            foreign = Array(text.utf8)
            dockerfileName = Self.foreignDockerfile
        case (nil, .outside(let path)?):
            guard let content = try HostDirectory.content(Array(path.utf8)) else {
                throw .cannotRead(path: path, code: 2)
            }
            foreign = content
            dockerfileName = Self.foreignDockerfile
        case (nil, .inside(let name)?):
            foreign = nil
            dockerfileName = name
        case (nil, nil):
            foreign = nil
            dockerfileName = "Dockerfile"
        }
        // The engine reads both, and removes them itself from what COPY sees when they are ignored.
        ignored = try ignored.keeping(Self.ignoreFile)
        if let foreign {
            let kept = ignoreText.map { String(decoding: $0, as: UTF8.self) } ?? Self.ignoreFile
            extra = [
                (Self.foreignDockerfile, foreign),
                (Self.ignoreFile, Array("\(kept)\n\(Self.foreignDockerfile)\n".utf8)),
            ]
        } else {
            ignored = try ignored.keeping(dockerfileName)
            extra = []
        }
        self.ignored = ignored
    }

    private enum Place {
        case inside(String)
        case outside(String)
    }

    /// Where a Dockerfile is, seen from the context.
    private static func relative(_ dockerfile: String, to directory: String) -> Place? {
        let root = directory.split(separator: "/")
        var parts: [Substring] = dockerfile.hasPrefix("/") ? [] : root
        for part in dockerfile.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        guard parts.count > root.count, parts.starts(with: root) else {
            return .outside("/" + parts.joined(separator: "/"))
        }
        return .inside(parts.dropFirst(root.count).joined(separator: "/"))
    }

    /// Writes the tar archive, piece by piece.
    ///
    /// - Throws: ``ArchiveError``, or what `sink` throws.
    public func archive(to sink: ([UInt8]) async throws -> Void) async throws {
        let writer = try TarWriter()
        for file in extra {
            try writer.add(TarEntry(path: file.name, kind: .file(size: 0), mode: 0o644), content: file.content)
        }
        try await pack([], into: writer, sink)
        try await sink(writer.finish())
    }

    private func pack(
        _ relative: [UInt8],
        into writer: TarWriter,
        _ sink: ([UInt8]) async throws -> Void
    ) async throws {
        let here = relative.isEmpty ? directory : directory + [0x2F] + relative
        for name in try HostDirectory.names(in: here) {
            try Task.checkCancellation()
            let path = relative.isEmpty ? name : relative + [0x2F] + name
            let text = String(decoding: path, as: UTF8.self)
            if extra.contains(where: { $0.name == text }) { continue }
            let full = directory + [0x2F] + path
            let isExcluded = ignored.excludes(text)
            if isExcluded && !(HostDirectory.isDirectory(full) && ignored.mayKeepInside(text)) { continue }
            guard let entry = try HostDirectory.entry(full, as: path) else { continue }
            switch entry.kind {
            case .directory:
                if !isExcluded {
                    var header = entry
                    header.path.append(0x2F)
                    try writer.begin(header)
                }
                try await pack(path, into: writer, sink)
            case .file:
                try await packFile(full, entry, into: writer, sink)
            case .symbolicLink, .fifo:
                if !isExcluded { try writer.begin(entry) }
            }
            if writer.pendingBytes >= Self.pieceSize { try await sink(writer.drain()) }
        }
    }

    private func packFile(
        _ path: [UInt8],
        _ entry: TarEntry,
        into writer: TarWriter,
        _ sink: ([UInt8]) async throws -> Void
    ) async throws {
        // Opened first: an entry without content cannot be taken back.
        let file = try OpenFile(path)
        defer { file.close() }
        try writer.begin(entry)
        while let piece = try file.read(Self.pieceSize) {
            try writer.write(piece[...])
            if writer.pendingBytes >= Self.pieceSize { try await sink(writer.drain()) }
        }
    }
}
