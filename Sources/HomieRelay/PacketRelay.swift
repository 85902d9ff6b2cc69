import HomieModel
public import HomieSupervisor

/// Relays made of rules in the host's packet filter, in a chain of their own before the engine's.
///
/// The kernel asks these rules for the first packet of a connection only: what is established goes on to where it goes. They
/// need no process, so that connections are led on when homied is gone; and the chain is replaced as a whole, so that there
/// is nothing to be forgotten. See iptables-extensions(8), DNAT and REDIRECT.
///
/// Only new connections are moved. What is in flight on others is answered by the version that has them, and what is never
/// ended by its client ends with that version, as with any server that is started anew: the packet filter knows nothing of
/// HTTP, and cannot ask a client between two requests to go.
public actor PacketRelay: PortRelaying {
    /// Its name in the packet filter.
    public nonisolated let chain: String
    private let programs = [FilterProgram(isIPv6: false), FilterProgram(isIPv6: true)]
    private static let hooks = ["PREROUTING", "OUTPUT"]
    /// The engine's chain.
    private static let engineChain = "DOCKER"

    /// - Parameter owner: what tells this daemon from others on the host, such as its state directory.
    public init(owner: String) {
        // FNV-1a: a name of at most 28 letters that is the same after every start.
        let hash = owner.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        chain = "HOMIE-RELAY-" + String(hash, radix: 16)
    }

    public func obstacle() async -> String? {
        do {
            guard try await programs[0].rules(of: Self.engineChain) != nil else {
                return "the engine makes no iptables rules on this host"
            }
            if Self.hasIPv6 { _ = try await programs[1].rules(of: "PREROUTING") }
            return nil
        } catch let error as RelayError {
            return error.summary
        } catch {
            return "\(error)"
        }
    }

    public func present() async throws -> [RelayMark: Bool] {
        var rules: [[Substring]] = [[], []]
        for (index, program) in programs.enumerated() where !program.isIPv6 || Self.hasIPv6 {
            // Rules that nothing leads to are none.
            guard let own = try await program.rules(of: chain), try await jumps(program).allSatisfy({ !$0.isEmpty })
            else { continue }
            rules[index] = own
        }
        return RelayComment.marks(ofIPv4: rules[0], ofIPv6: rules[1], hasIPv6: Self.hasIPv6)
    }

    public func set(_ relays: [PortRelay]) async throws {
        for program in programs where !program.isIPv6 || Self.hasIPv6 { try await set(relays, by: program) }
    }

    private func set(_ relays: [PortRelay], by program: FilterProgram) async throws {
        let isThere = try await program.rules(of: chain) != nil
        let jumps = try await jumps(program)
        guard relays.contains(where: { $0.ports.contains { $0.isIPv6 == program.isIPv6 } }) else {
            guard isThere else { return }
            let leaving = zip(Self.hooks, jumps).flatMap { hook, rules in rules.map { "-D \(hook) \($0)" } }
            try await program.restore([":\(chain) - [0:0]"] + leaving + ["-X \(chain)"])
            return
        }
        let engine = (try await program.rules(of: Self.engineChain) ?? []).compactMap(FilterRule.init)
        let output = (try await program.rules(of: "OUTPUT") ?? []).compactMap(FilterRule.init)
        let rules = RelayRules(
            isIPv6: program.isIPv6,
            forwarding: engine,
            hasProxy: program.isIPv6 || output.contains { $0.target == Self.engineChain && $0.leavesLoopbackOut }
        )
        // The engine itself has those of IPv4 followed.
        var lines = (program.isIPv6 ? RelayRules.tracking : []) + [":\(chain) - [0:0]"]
        for (hook, rules) in zip(Self.hooks, jumps) where rules.isEmpty {
            lines.append("-I \(hook) 1 -m addrtype --dst-type LOCAL -j \(chain)")
        }
        lines += try rules.lines(for: relays, in: chain)
        try await program.restore(lines)
    }

    /// The rules, without their beginning, by which each hook comes to the chain.
    private func jumps(_ program: FilterProgram) async throws -> [[String]] {
        var all: [[String]] = []
        for hook in Self.hooks {
            let rules = (try await program.rules(of: hook) ?? []).compactMap(FilterRule.init)
            all.append(rules.filter { $0.target == chain }.map { $0.words.dropFirst(2).joined(separator: " ") })
        }
        return all
    }

    /// An address of IPv6 is there, be it the loopback's.
    private static var hasIPv6: Bool { AddressTable.hasIPv6 }
}
