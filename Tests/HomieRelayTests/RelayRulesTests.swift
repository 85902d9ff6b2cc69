import HomieModel
import HomieSupervisor
import Testing

@testable import HomieRelay

@Suite struct RelayRulesTests {
    private let id = String(repeating: "ab", count: 32)

    private func mark() throws -> RelayMark {
        RelayMark(
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            index: 1,
            container: id
        )
    }

    private func rules(
        _ port: PortRelay.Port,
        engine: [Substring],
        hasProxy: Bool = true
    ) throws -> [String] {
        let rules = RelayRules(
            isIPv6: port.isIPv6,
            forwarding: engine.compactMap(FilterRule.init),
            hasProxy: hasProxy
        )
        let comment = " -m comment --comment \"homie shop/web/1 \(id) ip\(port.isIPv6 ? 6 : 4)\""
        return try rules.lines(for: [PortRelay(mark: mark(), ports: [port])], in: "X").map {
            $0.replacing(comment, with: "")
        }
    }

    private func port(_ address: String? = nil, isIPv6: Bool = false, transport: String = "tcp") -> PortRelay.Port {
        PortRelay.Port(
            hostAddress: address,
            isIPv6: isIPv6,
            transport: transport,
            published: 8080,
            standIn: 49_153
        )
    }

    @Test func `what the engine's rule and its proxy do for the stand-in's port is done for the published one`() throws
    {
        let engine: [Substring] = [
            "-N DOCKER", "-A DOCKER -i br-1 -j RETURN",
            "-A DOCKER ! -i br-1 -p tcp -m tcp --dport 49152 -j DNAT --to-destination 172.20.0.9:80",
            "-A DOCKER ! -i br-1 -p tcp -m tcp --dport 49153 -j DNAT --to-destination 172.20.0.3:80",
        ]
        #expect(
            try rules(port(), engine: engine) == [
                "-A X -d 127.0.0.0/8 -p tcp -m tcp --dport 8080 --syn -j REDIRECT --to-ports 49153",
                "-A X -i br-1 -p tcp -m tcp --dport 8080 --syn -j REDIRECT --to-ports 49153",
                "-A X ! -i br-1 -p tcp -m tcp --dport 8080 --syn -j DNAT --to-destination 172.20.0.3:80",
            ]
        )
    }

    @Test func `a port of one address is led from there alone`() throws {
        let engine: [Substring] = [
            "-A DOCKER -d 192.168.1.5/32 ! -i br-1 -p udp -m udp --dport 49153 -j DNAT --to-destination 172.20.0.3:53"
        ]
        #expect(
            try rules(port("192.168.1.5", transport: "udp"), engine: engine) == [
                "-A X -i br-1 -d 192.168.1.5/32 -p udp -m udp --dport 8080 -j DNAT --to-destination 192.168.1.5:49153",
                "-A X ! -i br-1 -d 192.168.1.5/32 -p udp -m udp --dport 8080 -j DNAT --to-destination 172.20.0.3:53",
            ]
        )
    }

    @Test func `a port of the loopback goes to the proxy, and without one to the container`() throws {
        let engine: [Substring] = [
            "-A DOCKER -d 127.0.0.1/32 ! -i br-1 -p tcp -m tcp --dport 49153 -j DNAT --to-destination 172.20.0.3:80"
        ]
        #expect(
            try rules(port("127.0.0.1"), engine: engine) == [
                "-A X -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 --syn -j REDIRECT --to-ports 49153"
            ]
        )
        let hairpin: [Substring] = [
            "-A DOCKER -d 127.0.0.1/32 -p tcp -m tcp --dport 49153 -j DNAT --to-destination 172.20.0.3:80"
        ]
        #expect(
            try rules(port("127.0.0.1"), engine: hairpin, hasProxy: false) == [
                "-A X -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 --syn -j DNAT --to-destination 172.20.0.3:80"
            ]
        )
    }

    @Test func `IPv6 goes to the proxy where the engine has no rule for it`() throws {
        #expect(
            try rules(port(isIPv6: true), engine: []) == [
                "-A X -p tcp -m tcp --dport 8080 --syn -j REDIRECT --to-ports 49153"
            ]
        )
        #expect(
            try rules(port("fd00::1", isIPv6: true), engine: []) == [
                "-A X -d fd00::1/128 -p tcp -m tcp --dport 8080 --syn -j DNAT --to-destination [fd00::1]:49153"
            ]
        )
    }

    @Test func `without a rule of the engine's nothing is led anywhere`() throws {
        #expect(throws: RelayError.self) { try rules(port(), engine: []) }
    }

    @Test func `the rule that keeps the kernel following connections is nobody's`() {
        #expect(RelayRules.tracking.contains { $0.contains("-m conntrack") })
        #expect(RelayRules.tracking.allSatisfy { RelayComment(in: $0[...]) == nil })
    }

    @Test func `whose a rule is can be read from it`() throws {
        let line: Substring = """
            -A HOMIE-RELAY-1 ! -i br-1 -p tcp -m tcp --dport 8080 -m comment --comment "homie shop/web/1 \(id) ip46" -j DNAT
            """
        let relay = PortRelay(mark: try mark(), ports: [port(), port(isIPv6: true)])
        #expect(RelayComment(in: line) == RelayComment(relay))
        #expect(RelayComment(relay).text == "homie shop/web/1 \(id) ip46")
        #expect(RelayComment(in: "-A DOCKER -j RETURN") == nil)
    }

    @Test func `a relay that lost its rules in one family of addresses is not whole`() throws {
        func line(_ ports: [PortRelay.Port]) throws -> Substring {
            "-A X -m comment --comment \"\(RelayComment(PortRelay(mark: try mark(), ports: ports)).text)\" -j REDIRECT"
        }
        let both = try line([port(), port(isIPv6: true)])
        func isWhole(_ here: [Substring], _ there: [Substring], hasIPv6: Bool = true) -> Bool {
            RelayComment.marks(ofIPv4: here, ofIPv6: there, hasIPv6: hasIPv6).values.allSatisfy { $0 }
        }
        #expect(RelayComment.marks(ofIPv4: [both], ofIPv6: [], hasIPv6: true) == [try mark(): false])
        #expect(isWhole([both, both], [both]))
        #expect(!isWhole([both, both], []))
        #expect(!isWhole([], [both]))
        #expect(isWhole([both], [], hasIPv6: false))
        #expect(isWhole([try line([port()])], []))
        #expect(isWhole([], [try line([port(isIPv6: true)])]))
    }

    @Test func `the engine's jump tells whether it has a proxy`() {
        let withProxy = FilterRule("-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER")
        let without = FilterRule("-A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER")
        #expect(withProxy?.leavesLoopbackOut == true)
        #expect(without?.leavesLoopbackOut == false)
    }
}
