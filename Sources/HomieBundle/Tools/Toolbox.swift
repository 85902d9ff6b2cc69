internal import FoundationEssentials
internal import HomieModel
internal import HomieProcess

/// Runs the programs that make and read bundles.
public struct Toolbox: Sendable {
    /// Where else than in PATH the programs are; for tests.
    private let programs: [String: String]

    public init(programs: [String: String] = [:]) { self.programs = programs }

    /// - Parameter deed: what it is for, as in "could not …".
    /// - Returns: standard output.
    @discardableResult
    func run(_ command: RaucCommand, to deed: String) async throws -> String {
        try await run("rauc", command.arguments, to: deed)
    }

    @discardableResult
    func run(_ command: OpenSSLCommand, to deed: String) async throws -> String {
        try await run("openssl", command.arguments, to: deed)
    }

    @discardableResult
    func run(_ program: String, _ arguments: [String], to deed: String) async throws -> String {
        let process = ChildProcess(
            program: programs[program] ?? program,
            arguments: arguments,
            environment: ["LC_ALL": "C"],
            standardError: .kept
        )
        let result: ChildProcess.Result
        do {
            result = try await process.run(timeLimit: .seconds(3600))
        } catch ChildProcess.Failure.notStarted {
            throw BundleError.notInstalled(program: program)
        } catch ChildProcess.Failure.timedOut {
            throw BundleError.timedOut(program: program, deed: deed)
        }
        guard result.exitCode == 0 else {
            throw BundleError.toolFailed(program: program, deed: deed, reason: Self.lastWords(result, of: program))
        }
        return result.text
    }

    /// SHA-256 of a file.
    func digest(of file: String) async throws -> ContentDigest {
        let text = try await run(.digest(file: file), to: "compute the digest of '\(file)'")
        return try ContentDigest(parsing: String(text.prefix { $0 != " " }))
    }

    private static func lastWords(_ result: ChildProcess.Result, of program: String) -> String {
        let lines = result.complaintText.split(whereSeparator: \.isNewline).map(String.init)
        // RAUC tells what it does on the same stream.
        let words = lines.filter { !$0.hasPrefix("rauc-Message:") && !$0.hasPrefix("(rauc:") }
        return words.last ?? lines.last ?? "'\(program)' ended with \(result.exitCode)"
    }
}

/// A directory for what is needed only while a command runs.
struct ScratchDirectory: ~Copyable {
    let path: String

    /// - Parameter place: next to what is being made, so that it can be moved there.
    init(in place: String) throws {
        path = place + "/.homie-bundle-\(UUID().uuidString.prefix(8).lowercased())"
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw BundleError.file(path: place, reason: "nothing can be written there")
        }
    }

    deinit {
        // What cannot be removed is in the way of nobody: its name is never used again.
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, to name: String) throws -> String {
        do {
            try Data(text.utf8).write(to: URL(filePath: file(name)))
        } catch {
            throw BundleError.file(path: file(name), reason: "it cannot be written")
        }
        return file(name)
    }
}

/// The directory part of a path.
func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
