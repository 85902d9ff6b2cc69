public import HomieModel
public import HomieSupervisor

/// Reads which ports of a container are listened at, and how many connections they have, from the kernel's tables of the
/// network it lives in (proc(5), `/proc/<pid>/net/`): no process and no packet in the container.
public struct SocketReader: SocketObservation {
    public init() {}

    public func sockets(ofNetworkOf process: Int) -> PortUse? {
        guard let tcp = KernelTable.text(of: process, "tcp") else { return nil }
        var use = PortUse()
        Self.note(tcp, "tcp", in: &use)
        for name in ["tcp6", "udp", "udp6"] {
            // There is none where the kernel does without IPv6.
            guard let table = KernelTable.text(of: process, name) else { continue }
            Self.note(table, name.hasPrefix("tcp") ? "tcp" : "udp", in: &use)
        }
        return use
    }

    public func connectionsOfHost() -> [PortKey: Int] {
        var use = PortUse()
        for name in ["tcp", "tcp6"] {
            guard let table = KernelTable.text(of: "self", name) else { continue }
            Self.note(table, "tcp", withLoopback: true, in: &use)
        }
        return use.connections
    }

    /// States of `tcp_states.h`: 01 established, 0A listening; a bound UDP socket without a peer is in 07. Of a connection that
    /// is being made (03), or ended by one side alone (08) or with something still to be sent (04, 09, 0B) the answer is not
    /// surely there yet.
    static func note(_ table: String, _ transport: String, withLoopback: Bool = false, in use: inout PortUse) {
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
            guard words.count > 3 else { continue }
            let local = words[1].split(separator: ":")
            guard local.count == 2, let port = UInt16(local[1], radix: 16), withLoopback || !isLoopback(local[0]) else {
                continue
            }
            let key = PortKey(port: port, transport: transport)
            switch (transport, words[3]) {
            case ("tcp", "0A"), ("udp", "07"): use.listening.insert(key)
            case ("tcp", "01"), ("tcp", "03"), ("tcp", "04"), ("tcp", "08"), ("tcp", "09"), ("tcp", "0B"):
                use.connections[key, default: 0] += 1
            default: continue
            }
        }
    }

    /// 127.0.0.0/8 and ::1 in the kernel's words of 32 bits, also as an IPv4 address in IPv6.
    private static func isLoopback(_ address: Substring) -> Bool {
        switch address.count {
        case 8: address.hasSuffix("7F")
        case 32:
            address == "00000000000000000000000001000000"
                || (address.hasPrefix("0000000000000000FFFF0000") && address.hasSuffix("7F"))
        default: false
        }
    }
}
