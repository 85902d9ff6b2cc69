import Foundation
import HomieBus
import HomieModel
import HomieTestSupport
import Testing

/// Whether a real RAUC daemon can be run here: as root, with its programs installed by `scripts/setup rauc`.
enum RaucUnderTest {
    static let programs = ["rauc", "dbus-daemon", "grub-editenv", "mksquashfs", "openssl"]

    /// Tests fail where the environment was promised, and are skipped, saying so, where it was not.
    static var isExpected: Bool {
        if ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_RAUC"] == "1" { return true }
        return missing.isEmpty
    }

    static var missing: [String] {
        var missing = programs.filter { path(of: $0) == nil }
        if geteuid() != 0 { missing.append("root") }
        if !FileManager.default.fileExists(atPath: "/dev/loop-control") { missing.append("loop devices") }
        return missing
    }

    static let reason: Comment = "needs root, loop devices and what `scripts/setup rauc` installs"

    static func path(of program: String) -> String? {
        let search = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin:/usr/bin"
        return search.split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// A program run to its end, for tests.
enum Command {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    @discardableResult
    static func run(_ program: String, _ arguments: String...) throws -> String { try run(program, with: arguments) }

    @discardableResult
    static func run(_ program: String, with arguments: [String]) throws -> String {
        let run = try ProgramRun(try #require(RaucUnderTest.path(of: program), "no \(program)"), arguments)
        let text = run.output + run.complaint
        guard run.status == 0 else {
            throw Failure(description: "\(program) \(arguments.joined(separator: " ")): \(text)")
        }
        return text
    }
}

/// Polls until `body` gives a value.
@discardableResult
func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ body: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + limit
    while .now < end {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw Command.Failure(description: "it did not happen within \(limit) that \(what)")
}
