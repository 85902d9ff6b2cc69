internal import HomieConsole

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a program reads from.
protocol InputSource: Sendable {
    /// True when a person sits at the other end.
    var isTerminal: Bool { get }
    /// Everything up to the end.
    func readAll() throws(ConsoleError) -> [UInt8]
    /// The next line without its end; nil at the end.
    func nextLine() -> String?
    /// The next line, without showing what is typed.
    func nextSecret() -> String?
}

extension InputSource {
    func nextSecret() -> String? { nextLine() }
}

/// Standard input of this process.
struct StandardInput: InputSource {
    var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    func readAll() throws(ConsoleError) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count > 0 {
                content += buffer[..<count]
            } else if count == 0 {
                return content
            } else if errno != EINTR {
                throw ConsoleError.readFailed(code: errno)
            }
        }
    }

    func nextLine() -> String? { readLine() }

    func nextSecret() -> String? {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return readLine() }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        return readLine()
    }
}
