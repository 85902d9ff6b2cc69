import Foundation
import HomieModel
import HomieSupervisor
import Synchronization
import Testing

@testable import HomieGateway

@Suite struct ServiceCertificateTests {
    private func with(_ body: (ServiceCertificateShelf, String, TimeBox) async throws -> Void) async throws {
        let name = "homie-shelf-\(UUID().uuidString.prefix(8))"
        let state = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        let folder = "/dev/shm/\(name)"
        defer {
            try? FileManager.default.removeItem(atPath: state)
            try? FileManager.default.removeItem(atPath: folder)
        }
        let settings = try Sample.settings(directory: state)
        let time = TimeBox(now: Timestamp(nanoseconds: 1_800_000_000_000_000_000))
        try await body(ServiceCertificateShelf(settings: settings, folder: folder, wall: { time.read() }), folder, time)
    }

    private final class TimeBox: Sendable {
        private let now: Mutex<Timestamp>
        init(now: Timestamp) { self.now = Mutex(now) }
        func read() -> Timestamp { now.withLock { $0 } }
        func pass(_ seconds: Double) { now.withLock { $0 = $0 + .seconds(seconds) } }
    }

    private func request(_ service: String, lifetime: TimeSpan = .seconds(3600)) throws -> CertificateRequest {
        CertificateRequest(
            stack: try Sample.stack("shop"),
            service: try Sample.service(service),
            names: [service, "\(service).shop"],
            lifetime: lifetime
        )
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `a certificate is issued once, renewed after two thirds of its life, and changed as a whole`()
        async throws
    {
        try await with { shelf, folder, time in
            let first = try await shelf.provide(request("web"))
            #expect(first.isNew && first.hasNewDirectory)
            let directory = "\(folder)/shop/web"
            let old = try text(directory + "/cert.pem")
            let data = try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/..data")
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/key.pem") == "..data/key.pem"
            )
            #expect(try text(directory + "/key.pem").contains("PRIVATE KEY"))
            #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)

            time.pass(1000)
            #expect(try await !shelf.provide(request("web")).isNew)
            time.pass(1500)
            let second = try await shelf.provide(request("web"))
            #expect(second.isNew && !second.hasNewDirectory)
            #expect(try text(directory + "/cert.pem") != old)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: directory + "/..data") != data)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/\(data)"))
            // Other names want another certificate; what is lost, too.
            var other = try request("web")
            other.names.append("books")
            #expect(try await shelf.provide(other).isNew)
            try FileManager.default.removeItem(atPath: directory + "/..data")
            #expect(try await shelf.provide(other).isNew)
        }
    }

    @Test func `certificates of services that are gone go, those just asked for stay`() async throws {
        try await with { shelf, folder, time in
            _ = try await shelf.provide(request("web"))
            _ = try await shelf.provide(request("api"))
            time.pass(100)
            _ = try await shelf.provide(request("new"))
            try await shelf.keep(only: [(try Sample.stack("shop"), try Sample.service("web"))])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/shop").sorted() == ["new", "web"])
            time.pass(100)
            try await shelf.keep(only: [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test func `keys are not put on a disk`() async throws {
        let settings = try Sample.settings(directory: "/proc/self/nowhere")
        let shelf = ServiceCertificateShelf(settings: settings, folder: "/proc/self/tls", wall: { Timestamp.now() })
        await #expect(throws: GatewayError.self) { try await shelf.provide(request("web")) }
    }

    @Test func `what is mounted last at the longest part of a path counts`() {
        let table = """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            21 20 0:20 / /run rw shared:1 - tmpfs tmpfs rw
            22 21 8:2 / /run/homie rw - ext4 /dev/sda2 rw
            """
        #expect(MountTable.fileSystem(of: "/run/tls", in: table) == "tmpfs")
        #expect(MountTable.fileSystem(of: "/run/homie/tls", in: table) == "ext4")
        #expect(MountTable.fileSystem(of: "/running", in: table) == "ext4")
    }

    @Test func `what x-homie-tls says is read, and mistakes in it are named`() throws {
        #expect(try ServiceTLS.read(homie: ["tls": false]) == nil && ServiceTLS.read(homie: nil) == nil)
        #expect(try ServiceTLS.read(homie: ["tls": true])?.lifetime == .seconds(86_400))
        let block: JSONValue = ["tls": ["lifetime": "2h", "reload": "SIGHUP", "names": ["db.internal"]]]
        let tls = try #require(try ServiceTLS.read(homie: block))
        #expect(tls.lifetime == .seconds(7200) && tls.reload == .hangUp)
        var definition = ServiceDefinition()
        definition.containerName = "the-database"
        let names = tls.names(of: try Sample.service("DB"), definition, in: try Sample.stack("shop"))
        #expect(names == ["db", "db.shop", "the-database", "db.internal"])
        for (value, problem) in [
            (["lifetime": "1s"], "x-homie.tls.lifetime is not a time from a minute to 47 days"),
            (["reload": "SIGKILL"], "x-homie.tls.reload is not one of SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH"),
            (["key": "x"], "x-homie.tls has no key 'key'"), ("yes", "x-homie.tls is neither true, false nor a block"),
        ] as [(JSONValue, String)] {
            let error = #expect(throws: HealthRuleError.self) { try ServiceTLS.read(homie: ["tls": value]) }
            #expect(error?.summary == problem)
        }
    }
}
