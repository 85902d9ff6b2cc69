#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The kernel's tables of a process's network.
enum KernelTable {
    /// Some hundred thousand sockets; more than a host has, and an end all the same.
    private static let limit = 1 << 26

    /// A line for each socket; nil when this process may not look, or there is no such table.
    static func text(of process: Int, _ table: String) -> String? { text(of: "\(process)", table) }

    /// - Parameter process: its number, or `self`.
    static func text(of process: String, _ table: String) -> String? {
        let descriptor = open("/proc/\(process)/net/\(table)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
