/// Whom a limit counts as one client: an IPv4 address, or an IPv6 network of 64 bits, of which every subscriber has at least one
/// (RFC 6177) and picks addresses out of as it likes.
enum ClientKey {
    /// - Parameter address: as the gateway hands it on; whatever is no address counts as itself.
    static func of(_ address: String) -> String {
        guard address.contains(":"), let groups = groups(of: address) else { return address }
        if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            // An IPv4 client of a socket that takes both (RFC 4291, section 2.5.5.2).
            return [groups[6] >> 8, groups[6] & 0xFF, groups[7] >> 8, groups[7] & 0xFF].map { "\($0)" }.joined(
                separator: "."
            )
        }
        return groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }

    /// The eight groups of an IPv6 address (RFC 4291, section 2.2); nil when it is none.
    private static func groups(of address: String) -> [UInt16]? {
        let bare = address.prefix { $0 != "%" }
        let halves = bare.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard let head = list(halves[0]) else { return nil }
        switch halves.count {
        case 1: return head.count == 8 ? head : nil
        case 2:
            guard let tail = list(halves[1]), head.count + tail.count < 8 else { return nil }
            return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        default: return nil
        }
    }

    private static func list(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: ":" as Character, omittingEmptySubsequences: false) {
            if part.contains(".") {
                let numbers = part.split(separator: "." as Character, omittingEmptySubsequences: false).map {
                    UInt8($0)
                }
                guard numbers.count == 4, let a = numbers[0], let b = numbers[1], let c = numbers[2], let d = numbers[3]
                else { return nil }
                groups += [UInt16(a) << 8 | UInt16(b), UInt16(c) << 8 | UInt16(d)]
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }
}

extension ClientFacts {
    /// Whom limits count.
    public var key: String { ClientKey.of(address) }
}
