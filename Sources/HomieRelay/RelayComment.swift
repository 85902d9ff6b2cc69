import HomieModel
import HomieSupervisor

/// Whose a rule is: what stands in its comment, for the daemon that comes after this one.
struct RelayComment: Hashable {
    var mark: RelayMark
    /// The relay has rules of IPv4, or of IPv6, or of both.
    var isInIPv4: Bool
    var isInIPv6: Bool

    init(_ relay: PortRelay) {
        mark = relay.mark
        isInIPv4 = relay.ports.contains { !$0.isIPv6 }
        isInIPv6 = relay.ports.contains { $0.isIPv6 }
    }

    /// The comment in a rule as `iptables -S` prints it; nil for a rule of others.
    init?(in line: Substring) {
        guard let comment = line.split(separator: "\"").first(where: { $0.hasPrefix("homie ") }) else { return nil }
        let words = comment.dropFirst("homie ".count).split(separator: " ")
        guard words.count == 3 else { return nil }
        let names = words[0].split(separator: "/")
        guard names.count == 3, let stack = try? StackName(parsing: String(names[0])),
            let service = try? ServiceName(parsing: String(names[1])), let index = Int(names[2])
        else { return nil }
        mark = RelayMark(stack: stack, service: service, index: index, container: String(words[1]))
        isInIPv4 = words[2].contains("4")
        isInIPv6 = words[2].contains("6")
    }

    /// For iptables(8), `--comment`.
    var text: String {
        "homie \(mark.stack)/\(mark.service)/\(mark.index) \(mark.container) ip\(isInIPv4 ? "4" : "")\(isInIPv6 ? "6" : "")"
    }

    /// The relays that have rules, and whether they have them in every family in which they should.
    ///
    /// - Parameters:
    ///   - rules: those of the relays' chain, as `iptables -S` and `ip6tables -S` print them.
    ///   - hasIPv6: the host has addresses of IPv6; without, nothing is led there.
    static func marks(ofIPv4 rules: [Substring], ofIPv6 others: [Substring], hasIPv6: Bool) -> [RelayMark: Bool] {
        let here = Set(rules.compactMap(Self.init))
        let there = Set(others.compactMap(Self.init))
        var marks: [RelayMark: Bool] = [:]
        for relay in here.union(there) {
            let isWhole =
                (!relay.isInIPv4 || here.contains(relay)) && (!relay.isInIPv6 || !hasIPv6 || there.contains(relay))
            marks[relay.mark] = isWhole && (marks[relay.mark] ?? true)
        }
        return marks
    }
}
