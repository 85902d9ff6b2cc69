import Foundation
import HomieImage
import HomieModel
import Synchronization
import Testing

@testable import HomiePlanning

@Suite struct `The image builder` {
    @Test func `makes what is known not again, and of what changed only what needs it`() async throws {
        let bench = try Bench()
        #expect(try await bench.build(try bench.plan()) == ["tools made", "root made", "disk made"])
        #expect(try await bench.build(try bench.plan()) == ["tools known", "root known", "disk known"])
        #expect(try await bench.build(try bench.plan(root: "other")) == ["tools known", "root made", "disk made"])
        #expect(try bench.builder().known(try bench.plan()) == [.tools, .root, .disk])
        #expect(try bench.builder().known(try bench.plan(root: "new")) == [.tools])
    }

    @Test func `gives the same bytes from the same inputs, wherever and whenever`() async throws {
        let first = try Bench()
        let second = try Bench()
        _ = try await first.build(try first.plan())
        try await Task.sleep(for: .milliseconds(1100))
        _ = try await second.build(try second.plan())
        let names = ["disk.img", "disk.bmap", "disk.sha256"]
        for name in names { #expect(try first.output(name) == second.output(name), "\(name)") }
        let disk = try first.output("disk.img")
        #expect(disk.count == 16_384 && disk[8192...].starts(with: Data("content".utf8)))
        #expect(String(decoding: try first.output("disk.sha256"), as: UTF8.self).hasSuffix(" *test.img\n"))
        let other = try Bench()
        _ = try await other.build(try other.plan(root: "other"))
        #expect(try first.output("disk.img") != other.output("disk.img"))
    }

    @Test func `leaves nothing of a stage that failed, and goes on there`() async throws {
        let bench = try Bench()
        var broken = try bench.plan()
        broken.stages[1].steps.append(.pick(prefix: "vmlinuz-", in: .scratch(""), to: .output(.root, "vmlinuz")))
        let error = await #expect(throws: ImageError.self) { try await bench.build(broken) }
        #expect(error?.summary.contains("there are 0 such files, not one") == true)
        #expect(bench.reports == ["tools made", "root failed"])
        #expect(try bench.cached.map { $0.prefix(6) } == ["tools-"])
        #expect(try await bench.build(try bench.plan()) == ["tools known", "root made", "disk made"])
    }

    @Test func `ends when an image is larger than its partition`() async throws {
        let bench = try Bench()
        let error = await #expect(throws: ImageError.self) {
            try await bench.build(try bench.plan(root: String(repeating: "x", count: 5000)))
        }
        guard case .tooLarge? = error else { throw POSIXError(.EINVAL) }
        #expect(error?.hint != nil)
    }

    /// A cache, and a plan of three stages that needs no program.
    private final class Bench {
        let directory: URL
        private(set) var reports: [String] = []

        init() throws {
            directory = FileManager.default.temporaryDirectory.appendingPathComponent(
                "homie-image-\(UUID().uuidString)"
            )
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        var cached: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
        }

        func builder() -> ImageBuilder { ImageBuilder(cache: directory.path) }

        func plan(root: String = "content") throws -> ImagePlan {
            let disk = ImagePath.output(.disk, "disk.img")
            let block = ByteCount(bytes: 4096)
            let steps: [ImageStep] = [
                .allocate(disk, ByteCount(bytes: 16_384)),
                .place(.output(.root, "root.img"), in: disk, at: ByteCount(bytes: 8192), limit: block),
                .mapBlocks(of: disk, to: .output(.disk, "disk.bmap")),
                .digest(of: disk, name: "test.img", to: .output(.disk, "disk.sha256")),
            ]
            return ImagePlan(
                stages: [
                    ImageStage(
                        name: .tools,
                        needs: [],
                        steps: [.write("t", to: .output(.tools, "tool"))],
                        outputs: ["tool"]
                    ),
                    ImageStage(
                        name: .root,
                        needs: [.tools],
                        steps: [.write(root, to: .output(.root, "root.img"))],
                        outputs: ["root.img"]
                    ),
                    ImageStage(
                        name: .disk,
                        needs: [.root],
                        steps: steps,
                        outputs: ["disk.img", "disk.bmap", "disk.sha256"]
                    ),
                ],
                layout: try PartitionLayout(
                    Board.Sizes(
                        esp: ByteCount(bytes: 64 << 20),
                        boot: ByteCount(bytes: 96 << 20),
                        root: ByteCount(bytes: 768 << 20),
                        data: ByteCount(bytes: 256 << 20),
                        disk: ByteCount(bytes: 6 << 30)
                    )
                )
            )
        }

        @discardableResult
        func build(_ plan: ImagePlan) async throws -> [String] {
            let told = Mutex<[String]>([])
            defer { reports = told.withLock { $0 } }
            _ = try await builder().build(plan, epoch: 1) { stage, progress in
                let word: String? =
                    switch progress {
                    case .cached: "known"
                    case .begun: nil
                    case .done: "made"
                    case .failed: "failed"
                    }
                if let word { told.withLock { $0.append("\(stage.rawValue) \(word)") } }
            }
            return told.withLock { $0 }
        }

        func output(_ name: String) throws -> Data {
            let stage = try #require(try cached.filter { $0.hasPrefix("disk-") }.first)
            return try Data(contentsOf: directory.appendingPathComponent("\(stage)/\(name)"))
        }
    }
}
