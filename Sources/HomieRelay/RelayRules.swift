import HomieModel
import HomieSupervisor

/// Makes the rules of relays from those that the engine made for the stand-ins' own ports (pure).
///
/// A relay repeats the engine's rule for the stand-in with the published port in the place of the stand-in's. What the engine
/// leaves to its proxy (the loopback, containers of the same bridge, IPv6) goes to the proxy's port.
struct RelayRules {
    var isIPv6: Bool
    /// The engine's rules, of its chain in the table `nat`.
    var forwarding: [FilterRule]
    /// The engine's proxy answers for what its rules leave out.
    var hasProxy: Bool

    /// The rules of one chain, in their order.
    func lines(for relays: [PortRelay], in chain: String) throws(RelayError) -> [String] {
        var lines: [String] = []
        for relay in relays {
            for port in relay.ports where port.isIPv6 == isIPv6 {
                let comment = "-m comment --comment \"\(RelayComment(relay).text)\""
                lines += try rules(for: port).map { "-A \(chain) \($0.match) \(comment) -j \($0.action)" }
            }
        }
        return lines
    }

    /// Has the kernel follow connections, which it does only while some rule asks for it, from now until it is started anew:
    /// a chain that nothing leads to, with a rule that would match nothing.
    ///
    /// For IPv6, which the engine may leave alone, no other rule may ask for it. With the last one that leads somewhere, what
    /// was led there would lose its way; and what the kernel remembers of the connections of then would, at the next first
    /// rule, be taken for those that have the same ports by now.
    static let tracking = [
        ":HOMIE-TRACKING - [0:0]", "-A HOMIE-TRACKING -m conntrack --ctstate INVALID -j RETURN",
    ]

    private typealias Rule = (match: String, action: String)

    private func rules(for port: PortRelay.Port) throws(RelayError) -> [Rule] {
        let width = isIPv6 ? 128 : 32
        let address = port.hostAddress.map { $0.filter { $0 != "[" && $0 != "]" } }
        let place = address.map { "-d \($0)/\(width) " } ?? ""
        // A connection that was there before the kernel tracked any would pass for a new one with its next packet.
        let first = port.transport == "tcp" ? " --syn" : ""
        let match = "-p \(port.transport) -m \(port.transport) --dport \(port.published)\(first)"
        let proxy: String
        if let address, address != (isIPv6 ? "::1" : "127.0.0.1") {
            proxy = "DNAT --to-destination \(isIPv6 ? "[\(address)]" : address):\(port.standIn)"
        } else {
            proxy = "REDIRECT --to-ports \(port.standIn)"
        }
        let engine = forwarding.first { rule in
            rule.target == "DNAT" && rule.port == port.standIn && rule.transport == port.transport
                && rule.address.map { $0 == address || $0 == "\(address ?? "")/\(width)" } ?? true
        }
        var rules: [Rule] = []
        guard let engine, let destination = engine.destination else {
            // IPv6 may be the proxy's alone.
            guard isIPv6 || address.map(Self.isLoopback) == true, hasProxy else { throw .noForwarding(port.standIn) }
            return [(place + match, proxy)]
        }
        if hasProxy {
            let loopback = isIPv6 ? "::1/128" : "127.0.0.0/8"
            if let address {
                if Self.isLoopback(address) { return [(place + match, proxy)] }
            } else {
                rules.append(("-d \(loopback) " + match, proxy))
            }
            if let bridge = engine.exceptBridge { rules.append(("-i \(bridge) " + place + match, proxy)) }
        }
        let except = engine.exceptBridge.map { "! -i \($0) " } ?? ""
        rules.append((except + place + match, "DNAT --to-destination \(destination)"))
        return rules
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
