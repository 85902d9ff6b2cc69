internal import CCapability
internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A program that is run once: it is given bytes, and gives bytes back.
public struct ChildProcess: Sendable {
    public struct Result: Sendable, Hashable {
        /// 128 and more: ended by a signal.
        public var exitCode: Int32
        /// Standard output, cut after 1 MiB.
        public var output: [UInt8]
        /// Standard error, cut after 1 MiB; empty where it was not asked for.
        public var complaint: [UInt8]

        public var text: String { String(decoding: output, as: UTF8.self) }
        public var complaintText: String { String(decoding: complaint, as: UTF8.self) }
    }

    public enum Failure: Error, Hashable, CustomStringConvertible {
        case notStarted(code: Int32)
        case timedOut

        public var description: String {
            switch self {
            case .notStarted(ENOENT): "it is not installed"
            case .notStarted(let code): "it cannot be started, system error \(code)"
            case .timedOut: "it did not end in time"
            }
        }
    }

    /// Where standard error goes.
    public enum StandardError: Sendable, Hashable {
        /// To that of this process.
        case inherited
        /// Into ``Result/complaint``.
        case kept
    }

    /// What it may do beyond what its user may (capabilities(7)).
    public enum Capabilities: Sendable, Hashable {
        /// Nothing, whatever this process may.
        case none
        /// Change the packet filter, if this process may.
        case networkAdministration
    }

    private static let outputLimit = 1 << 20

    /// Looked up in PATH.
    public var program: String
    public var arguments: [String]
    /// Added to what this process has in its environment.
    public var environment: [String: String]
    public var standardError: StandardError
    public var capabilities: Capabilities

    public init(
        program: String,
        arguments: [String],
        environment: [String: String] = [:],
        standardError: StandardError = .inherited,
        capabilities: Capabilities = .none
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.standardError = standardError
        self.capabilities = capabilities
    }

    /// Runs the program to its end.
    ///
    /// - Throws: ``Failure``.
    public func run(input: [UInt8] = [], timeLimit: Duration) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            // Waiting for a process blocks its thread, which no task may do. A queue of its own gets one at once; the
            // threads of the global queue are few.
            DispatchQueue(label: "homie.process").async {
                continuation.resume(with: Swift.Result { try runBlocking(input: input, timeLimit: timeLimit) })
            }
        }
    }

    private func runBlocking(input: [UInt8], timeLimit: Duration) throws -> Result {
        let stdin = try Pipe()
        let stdout = try Pipe()
        let stderr = try Pipe()
        var pid = pid_t()
        do {
            defer { for end in [stdin.reading, stdout.writing, stderr.writing] { close(end) } }
            pid = try spawn(stdin: stdin.reading, stdout: stdout.writing, stderr: stderr.writing)
        } catch {
            for end in [stdin.writing, stdout.reading, stderr.reading] { close(end) }
            throw error
        }
        var conversation = Conversation(
            stdin: stdin.writing,
            stdout: stdout.reading,
            stderr: stderr.reading,
            input: input
        )
        defer { conversation.closeAll() }
        guard conversation.run(until: .now + timeLimit) else {
            kill(pid, SIGKILL)
            _ = wait(for: pid)
            throw Failure.timedOut
        }
        return Result(
            exitCode: wait(for: pid),
            output: Array(conversation.output.prefix(Self.outputLimit)),
            complaint: Array(conversation.complaint.prefix(Self.outputLimit))
        )
    }

    private func spawn(stdin: Int32, stdout: Int32, stderr: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        if standardError == .kept { posix_spawn_file_actions_adddup2(&actions, stderr, 2) }
        // What this process holds open, or was given by its own parent, is no business of its children either.
        for descriptor in Int32(3)..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // What this process ignores or blocks is no business of its children.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var settings = environmentWords().map { strdup($0) } + [nil]
        defer { for word in words + settings { free(word) } }
        var pid = pid_t()
        // The set is this thread's own, and only counts for what it starts. Root's programs do not need it.
        switch capabilities {
        case .none: _ = ambient_capabilities_clear()
        case .networkAdministration: _ = ambient_capability_raise_net_admin()
        }
        let code = posix_spawnp(&pid, program, &actions, &attributes, &words, &settings)
        guard code == 0 else { throw Failure.notStarted(code: code) }
        return pid
    }

    private func environmentWords() -> [String] {
        var words: [String] = []
        var entry = environ
        while let word = entry.pointee {
            let text = String(cString: word)
            if environment[String(text.prefix { $0 != "=" })] == nil { words.append(text) }
            entry += 1
        }
        return words + environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    private func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { if errno != EINTR { return -1 } }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

/// Two ends of a pipe that no other program inherits.
private struct Pipe {
    var reading: Int32
    var writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ChildProcess.Failure.notStarted(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
}
