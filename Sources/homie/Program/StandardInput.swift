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
}
