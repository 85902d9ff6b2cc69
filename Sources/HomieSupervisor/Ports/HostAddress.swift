import Glibc

/// Addresses of the host that ports are published at.
enum HostAddress {
    /// An address as the engine writes it: `2001:DB8:0::1` as `2001:db8::1` (RFC 5952), without brackets. What is no address
    /// stays as it is.
    static func canonical(_ text: String) -> String {
        let bare = text.filter { $0 != "[" && $0 != "]" }
        var address = in6_addr()
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_pton(AF_INET6, bare, &address) == 1,
            inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil
        else { return bare }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
