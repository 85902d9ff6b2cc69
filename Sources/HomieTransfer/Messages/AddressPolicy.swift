internal import Glibc

/// Which addresses a connection may go to, decided on the address itself, after every name was resolved: a name that
/// points somewhere else by the time it is used gains nothing.
public enum AddressPolicy: Sendable, Hashable {
    /// Addresses of the Internet.
    case global
    /// Also those of the local network and of this device.
    case local

    enum Reach: Comparable {
        case global, local, never
    }

    func allows(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        switch Self.reach(address, length: length) {
        case .global: true
        case .local: self == .local
        case .never: false
        }
    }

    static func reach(_ address: UnsafePointer<sockaddr>, length: Int) -> Reach {
        let bytes = Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address), count: length))
        switch Int32(address.pointee.sa_family) {
        // The address lies behind family and port (ip(7)), or those and the flow (ipv6(7)).
        case AF_INET where length >= 8: return reach(v4: Array(bytes[4..<8]))
        case AF_INET6 where length >= 24: return reach(v6: Array(bytes[8..<24]))
        default: return .never
        }
    }

    /// IANA's special-purpose registry (RFC 6890).
    static func reach(v4 address: [UInt8]) -> Reach {
        switch (address[0], address[1], address[2]) {
        // This network, link-local (cloud metadata is there), multicast and what is reserved.
        case (0, _, _), (169, 254, _), (224..., _, _): .never
        case (10, _, _), (127, _, _), (100, 64...127, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _),
            (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113):
            .local
        default: .global
        }
    }

    static func reach(v6 address: [UInt8]) -> Reach {
        if address.prefix(10).allSatisfy({ $0 == 0 }) {
            if address[10] == 0xFF, address[11] == 0xFF { return reach(v4: Array(address.suffix(4))) }
            if address[10..<15].allSatisfy({ $0 == 0 }) { return address[15] == 1 ? .local : .never }
            return .never
        }
        // Addresses that hold one of version 4: NAT64 (RFC 6052) and 6to4 (RFC 3056).
        if address.starts(with: [0, 0x64, 0xFF, 0x9B]) { return max(.global, reach(v4: Array(address.suffix(4)))) }
        if address.starts(with: [0x20, 0x02]) { return reach(v4: Array(address[2..<6])) }
        if address[0] == 0xFF || (address[0] == 0xFE && address[1] & 0xC0 == 0x80) { return .never }
        // A cloud's metadata service hides among the local ones.
        if address == [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54] { return .never }
        return address[0] & 0xFE == 0xFC ? .local : .global
    }
}
