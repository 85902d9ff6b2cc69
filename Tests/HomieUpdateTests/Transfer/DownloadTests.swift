import Foundation
import HomieModel
import HomieTransfer
import Synchronization
import Testing

/// A server and a directory for one test.
final class Bench {
    let directory: URL
    let server: RangeServer
    let body: [UInt8]

    init(size: Int = 500_000, _ change: (inout RangeServer.Behaviour) -> Void = { _ in }) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-get-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 8)) }
        var behaviour = RangeServer.Behaviour()
        behaviour.body = body
        change(&behaviour)
        server = try RangeServer(behaviour)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(at: directory)
    }

    var destination: String { directory.appendingPathComponent("bundle.raucb").path }
    var part: String { destination + ".part" }
    var leftovers: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted() }

    func digest() throws -> ContentDigest {
        let file = directory.appendingPathComponent("digest")
        try Data(body).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try FileDigest.of(file.path).sha256
    }

    func wanted() throws -> Download {
        Download(
            url: server.url,
            destination: destination,
            size: ByteCount(bytes: Int64(body.count)),
            sha256: try digest()
        )
    }

    func downloader(_ change: (inout TransferSettings) -> Void = { _ in }) -> Downloader {
        var settings = TransferSettings(attempts: 3, firstPause: .milliseconds(10))
        change(&settings)
        return Downloader(settings: settings)
    }

    func content() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: destination))) }
}

struct DownloadTests {
    @Test("a file is fetched, verified and put in its place, and nothing else is left")
    func whole() async throws {
        let bench = try Bench()
        let progress = Mutex<[DownloadProgress]>([])
        let result = try await bench.downloader().download(bench.wanted()) { step in
            progress.withLock { $0.append(step) }
        }
        #expect(try bench.content() == bench.body)
        #expect(result.size.bytes == 500_000 && result.transferred.bytes == 500_000)
        #expect(bench.leftovers == ["bundle.raucb"])
        #expect(progress.withLock { $0.last?.received.bytes } == 500_000)
        #expect(progress.withLock { $0.last?.total?.bytes } == 500_000)
    }

    @Test("a connection that breaks again and again costs no byte twice")
    func resumes() async throws {
        let bench = try Bench { $0.cutsAfter = 60_000 }
        let result = try await bench.downloader().download(bench.wanted())
        #expect(try bench.content() == bench.body)
        #expect(result.transferred.bytes == 500_000)
        #expect(bench.server.requests.count == 9)
        #expect(bench.server.requests.last?.fields["range"] == "bytes=480000-")
        #expect(bench.server.requests.last?.fields["if-range"] == "\"1\"")
    }

    @Test("a server that says that no number can hold the rest of a file is not believed, and stops nothing")
    func boasts() async throws {
        let bench = try Bench {
            $0.cutsAfter = 1000
            $0.claims = .max
        }
        let download = Download(url: bench.server.url, destination: bench.destination)
        let downloader = bench.downloader()
        let ending = Task { try await downloader.download(download) }
        while bench.server.requests.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        // As long as something comes, it is asked again.
        bench.server.set { $0.cutsAfter = 0 }
        await #expect(throws: TransferError.self) { try await ending.value }
    }

    @Test("what an earlier process has left is continued")
    func continues() async throws {
        let bench = try Bench { $0.cutsAfter = 100_000 }
        await #expect(throws: TransferError.self) {
            try await bench.downloader { $0.attempts = 1 }.download(bench.wanted())
        }
        #expect(bench.leftovers == ["bundle.raucb.part", "bundle.raucb.part.json"])
        bench.server.set { $0.cutsAfter = nil }
        let result = try await bench.downloader().download(bench.wanted())
        #expect(result.transferred.bytes == 400_000)
        #expect(try bench.content() == bench.body)
    }

    @Test("a file that changed on the server is not glued to the beginning of the old one")
    func changed() async throws {
        let bench = try Bench { $0.cutsAfter = 100_000 }
        let unknown = Download(url: bench.server.url, destination: bench.destination)
        await #expect(throws: TransferError.self) { try await bench.downloader { $0.attempts = 1 }.download(unknown) }
        let newer = bench.body.map { $0 ^ 0xFF }
        bench.server.set {
            $0.cutsAfter = nil
            $0.body = newer
            $0.entityTag = "\"2\""
        }
        _ = try await bench.downloader().download(unknown)
        #expect(try bench.content() == newer)
    }

    @Test("a bad beginning is found by the digest and fetched anew, once")
    func badBeginning() async throws {
        let bench = try Bench { $0.cutsAfter = 100_000 }
        await #expect(throws: TransferError.self) {
            try await bench.downloader { $0.attempts = 1 }.download(bench.wanted())
        }
        let file = try #require(FileHandle(forUpdatingAtPath: bench.part))
        try file.write(contentsOf: Data("damaged".utf8))
        try file.close()
        bench.server.set { $0.cutsAfter = nil }
        let result = try await bench.downloader().download(bench.wanted())
        #expect(try bench.content() == bench.body)
        #expect(result.transferred.bytes == 900_000)
    }

    @Test("a server without ranges starts from the beginning")
    func withoutRanges() async throws {
        let bench = try Bench { $0.cutsAfter = 100_000 }
        await #expect(throws: TransferError.self) {
            try await bench.downloader { $0.attempts = 1 }.download(bench.wanted())
        }
        bench.server.set {
            $0.cutsAfter = nil
            $0.honoursRanges = false
        }
        _ = try await bench.downloader().download(bench.wanted())
        #expect(try bench.content() == bench.body)
    }

    @Test("another file than the one that was meant never gets the name")
    func wrongContent() async throws {
        let bench = try Bench()
        var wanted = try bench.wanted()
        wanted.sha256 = try ContentDigest(parsing: String(repeating: "a", count: 64))
        await #expect(throws: TransferError.self) { try await bench.downloader().download(wanted) }
        #expect(bench.leftovers.isEmpty)
        #expect(bench.server.requests.count == 1)
        wanted.size = ByteCount(bytes: 400_000)
        let error = await #expect(throws: TransferError.self) { try await bench.downloader().download(wanted) }
        guard case .wrongSize? = error else { throw POSIXError(.EINVAL) }
    }

    @Test("passing errors of the server are waited out, lasting ones are not")
    func statuses() async throws {
        let bench = try Bench { $0.statuses = [503, 429] }
        _ = try await bench.downloader().download(bench.wanted())
        #expect(try bench.content() == bench.body)
        bench.server.set { $0.statuses = [404, 404] }
        let asked = bench.server.requests.count
        let error = await #expect(throws: TransferError.self) {
            try await bench.downloader().download(bench.wanted())
        }
        #expect(error?.kind == .notFound)
        #expect(bench.server.requests.count == asked + 1)
    }

    @Test("silence is ended by the time limit, and by cancelling at once")
    func silence() async throws {
        let bench = try Bench { $0.isSilent = true }
        let downloader = bench.downloader {
            $0.stallTimeLimit = .seconds(1)
            $0.attempts = 1
        }
        let error = await #expect(throws: TransferError.self) { try await downloader.download(bench.wanted()) }
        guard case .stalled? = error else { throw POSIXError(.EINVAL) }
        let patient = bench.downloader()
        let wanted = try bench.wanted()
        let task = Task { try await patient.download(wanted) }
        try await Task.sleep(for: .milliseconds(200))
        let began = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test("bandwidth stays below its limit")
    func bandwidth() async throws {
        // libcurl looks at the rate between reads of up to 1.6 MB: a smaller file may come all at once.
        let bench = try Bench(size: 9_000_000)
        let began = ContinuousClock.now
        _ = try await bench.downloader { $0.bandwidth = ByteCount(bytes: 3_000_000) }.download(bench.wanted())
        #expect(ContinuousClock.now - began > .milliseconds(1000))
    }

    @Test("a proxy is asked for the address as it stands, with ranges and all")
    func proxy() async throws {
        let bench = try Bench { $0.cutsAfter = 300_000 }
        var wanted = try bench.wanted()
        // Nobody but the proxy knows this name.
        wanted.url = "http://updates.homie.invalid/b.raucb"
        let proxy = "http://127.0.0.1:\(bench.server.port)"
        _ = try await bench.downloader { $0.proxy = proxy }.download(wanted)
        #expect(try bench.content() == bench.body)
        #expect(bench.server.requests.map(\.path) == [wanted.url, wanted.url])
        #expect(bench.server.requests.last?.fields["range"] == "bytes=300000-")
        #expect(bench.server.requests.last?.fields["host"] == "updates.homie.invalid")
        let nobody = bench.downloader {
            $0.proxy = "http://127.0.0.1:1"
            $0.attempts = 1
        }
        let error = await #expect(throws: TransferError.self) {
            try await nobody.fetch(wanted.url, limit: ByteCount(bytes: 10))
        }
        #expect(error?.hint?.contains("proxy") == true)
    }

    @Test("redirects are followed, and a small document stays below its limit")
    func documents() async throws {
        let bench = try Bench(size: 1000) { $0.redirects = true }
        #expect(try await bench.downloader().fetch(bench.server.url, limit: ByteCount(bytes: 1000)) == bench.body)
        let error = await #expect(throws: TransferError.self) {
            try await bench.downloader().fetch(bench.server.url, limit: ByteCount(bytes: 999))
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test(
        "addresses of other schemes are refused",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense://x"]
    )
    func schemes(_ url: String) async throws {
        let downloader = Downloader(settings: TransferSettings(attempts: 1))
        await #expect(throws: TransferError.badAddress(url)) {
            try await downloader.fetch(url, limit: ByteCount(bytes: 10))
        }
    }

    @Test("what the disk cannot take is not begun")
    func space() async throws {
        let bench = try Bench()
        var wanted = try bench.wanted()
        wanted.size = ByteCount(bytes: 1 << 60)
        let error = await #expect(throws: TransferError.self) { try await bench.downloader().download(wanted) }
        guard case .noSpace? = error else { throw POSIXError(.EINVAL) }
        #expect(bench.server.requests.isEmpty)
    }
}
