import Foundation
import Glibc
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// A homied with its gateway on loopback ports, and an HAProxy that goes when the test is over.
final class GatewayDaemon {
    static let haproxy: String? = {
        let path = ProcessInfo.processInfo.environment["HOMIE_TEST_HAPROXY"] ?? "/usr/sbin/haproxy"
        return access(path, X_OK) == 0 ? path : nil
    }()

    static var isExpected: Bool {
        EngineUnderTest.isExpected
            && (haproxy != nil || ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_HAPROXY"] == "1")
    }

    let daemon: DaemonProcess
    let port: UInt16
    private let tlsPort: UInt16
    private let pathPort: UInt16

    init() throws {
        daemon = try DaemonProcess()
        port = try FreePort.next()
        tlsPort = try FreePort.next()
        pathPort = try FreePort.next()
    }

    deinit {
        if let master { kill(master, SIGKILL) }
        for worker in workers() { kill(worker, SIGKILL) }
    }

    func start(_ arguments: [String] = []) async throws {
        try await daemon.start(
            [
                "--gateway", "on", "--gateway-http", "127.0.0.1:\(port)", "--gateway-https", "127.0.0.1:\(tlsPort)",
                "--gateway-path-port", "\(pathPort)", "--gateway-domain", "homie.local",
            ] + arguments
        )
    }

    private var processFile: String { daemon.stateDirectory + "/gateway/haproxy.pid" }

    /// The master of this gateway's HAProxy.
    var master: pid_t? {
        let text = try? String(contentsOfFile: processFile, encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// HAProxy's processes but the master, found by the configuration they were started with.
    func workers() -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { pid in
            guard let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8) else { return false }
            return line.contains("haproxy") && line.contains(daemon.stateDirectory) && pid != master
        }
    }

    /// Deploys, and waits for the deployment's end.
    func up(_ project: Project, within limit: Duration = .seconds(180)) async throws -> DeploymentRecord {
        let client = daemon.client
        let begun = try await client.apply(project.document, as: try StackName(parsing: project.name))
        return try await end(of: begun.id, within: limit)
    }

    func end(of id: Int64, within limit: Duration = .seconds(180)) async throws -> DeploymentRecord {
        let client = daemon.client
        do {
            return try await eventually("deployment \(id) ends", within: limit) {
                guard let now = try? await client.deployment(id), now.state.isFinal else { return nil }
                return now
            }
        } catch {
            throw Command.Failure(description: "\(error)\n\(daemon.log.suffix(6000))")
        }
    }

    /// Waits until the gateway leads to the service.
    func serves(_ host: String) async throws {
        try await eventually("'\(host)' is served", within: .seconds(60)) {
            try? self.ask(host) ? true : nil
        }
    }

    private func ask(_ host: String) throws -> Bool {
        let status = try Command.run(
            "curl",
            [
                "--silent", "--max-time", "5", "--output", "/dev/null", "--write-out", "%{http_code}", "--header",
                "Host: \(host)",
                "http://127.0.0.1:\(port)/",
            ]
        )
        return status == "200"
    }
}

extension Project {
    /// Adds a service of the fixture image `homie/actor`, reached through the gateway.
    mutating func addActor(
        _ service: String,
        replicas: Int,
        version: String,
        environment: [String: String] = [:],
        update: [String: JSONValue] = [:]
    ) {
        add(service) { body in
            body["image"] = .string("homie/actor:1")
            body["deploy"] = .object(["replicas": .integer(Int64(replicas))])
            body["environment"] = Self.environment(environment.merging(["VERSION": version]) { first, _ in first })
            body["labels"] = .object(["io.homie.expose": .string("80")])
            body["restart"] = .string("always")
            body["stop_grace_period"] = .string("5s")
            if !update.isEmpty { body["x-homie"] = .object(["update": .object(update)]) }
        }
    }
}
