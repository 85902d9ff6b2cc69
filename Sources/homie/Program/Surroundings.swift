internal import HomieConsole
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the program finds around it: a command reaches for nothing else of its process.
struct Surroundings: Sendable {
    /// What follows the program's name.
    var arguments: [String] = []
    var environment: [String: String]
    /// An absolute path.
    var workingDirectory: String
    var console: Console
    var input: any InputSource
    var now: @Sendable () -> Timestamp
    /// Elements come when a person presses Ctrl-C.
    var interrupts: @Sendable () -> AsyncStream<Void>

    static func ofThisProcess() -> Surroundings {
        let environment = ProcessFacts.environment()
        return Surroundings(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: environment,
            workingDirectory: ProcessFacts.workingDirectory(environment),
            console: Console(environment: environment),
            input: StandardInput(),
            now: ProcessFacts.now,
            interrupts: Interrupts.stream
        )
    }
}

/// What the system says about this process.
enum ProcessFacts {
    static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }

    /// As the shell names it, when that is the same directory; symbolic links stay then.
    static func workingDirectory(_ environment: [String: String]) -> String {
        if let named = environment["PWD"], named.hasPrefix("/"), isSame(named, ".") { return named }
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }

    @Sendable static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        var first = stat()
        var second = stat()
        guard stat(left, &first) == 0, stat(right, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}
