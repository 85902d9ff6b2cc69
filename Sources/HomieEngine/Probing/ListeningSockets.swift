#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The kernel's tables of TCP sockets in the network of a process (proc(5), `/proc/<pid>/net/tcp`).
enum ListeningSockets {
    /// True when what listens on the port does so on all addresses, so that the container's own address and its loopback
    /// reach the same. False when that cannot be told.
    static func isOnAllAddresses(_ port: UInt16, ofNetworkOf process: Int) -> Bool {
        let tables = ["tcp", "tcp6"].compactMap { text(of: process, $0) }
        let addresses = tables.flatMap { self.addresses(of: port, in: $0) }
        // One that listens on an address of its own would be asked in the other's place there.
        return !addresses.isEmpty && addresses.allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }
    }

    /// A line for each socket; nil when this process may not look.
    private static func text(of process: Int, _ table: String) -> String? {
        let descriptor = open("/proc/\(process)/net/\(table)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The addresses at which sockets listen on the port, in hexadecimal. That of `::`, all zeros like 0.0.0.0, takes IPv4
    /// too unless the program asked for something else; an IPv4 connection that succeeds says that it did not.
    static func addresses(of port: UInt16, in table: String) -> [Substring] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
            guard words.count > 3, words[3] == "0A" else { return nil }
            let local = words[1].split(separator: ":")
            return local.count == 2 && UInt16(local[1], radix: 16) == port ? local[0] : nil
        }
    }
}
