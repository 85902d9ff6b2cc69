#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The kernel's table of IPv6 addresses (proc(5), `/proc/net/if_inet6`).
enum AddressTable {
    static var hasIPv6: Bool {
        let descriptor = open("/proc/net/if_inet6", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) == 1
    }
}
