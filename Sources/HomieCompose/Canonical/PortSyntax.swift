/// The short form of a published port: `[[address:][published]:]target[/protocol]`, each port alone or a range.
enum PortSyntax {
    struct Port {
        var address: String
        var published: String
        var target: Int
        var transport: String
    }

    /// The ports a text means, by target in the order of text; a sentence when it is not one.
    static func parse(_ text: String) throws(SyntaxFailure) -> [Port] {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let last = parts.removeLast()
        let published = parts.isEmpty ? "" : String(parts.removeLast())
        let address = try address(parts.joined(separator: ":"))
        let (container, transport) = transport(of: String(last))
        guard !container.isEmpty else { throw SyntaxFailure("'\(text)' names no port of the container") }
        guard let target = range(container) else {
            throw SyntaxFailure("'\(container)' is not a port or a range of ports")
        }
        var source: ClosedRange<Int>?
        if !published.isEmpty {
            guard let range = range(published) else {
                throw SyntaxFailure("'\(published)' is not a port or a range of ports")
            }
            source = range
            guard range.count == target.count || target.count == 1 else {
                throw SyntaxFailure("'\(text)' has ranges of different length")
            }
        }
        guard ["tcp", "udp", "sctp"].contains(transport.lowercased()) else {
            throw SyntaxFailure("'\(transport)' is not a protocol; there are tcp, udp and sctp")
        }
        let ports = target.enumerated().map { offset, port in
            var host = ""
            if let source {
                host = String(source.lowerBound + offset)
                if target.count == 1, source.count > 1 { host += "-\(source.upperBound)" }
            }
            return Port(address: address, published: host, target: port, transport: transport.lowercased())
        }
        return ports.sorted { String($0.target).utf8.lexicographicallyPrecedes(String($1.target).utf8) }
    }

    private static func address(_ text: String) throws(SyntaxFailure) -> String {
        guard !text.isEmpty else { return "" }
        var address = text
        if address.hasPrefix("["), address.hasSuffix("]") {
            address = String(address.dropFirst().dropLast())
        } else if address.contains(":") {
            throw SyntaxFailure("'\(text)' is not an address; IPv6 addresses stand in square brackets")
        }
        let plain = address.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
        guard InternetAddress.isValid(plain), plain == address else {
            throw SyntaxFailure("'\(text)' is not an IP address")
        }
        return address
    }

    private static func transport(of text: String) -> (container: String, transport: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return ("", "") }
        if parts.count == 1 || parts[1].isEmpty { return (String(first), "tcp") }
        return (String(first), String(parts[1]))
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        func port(_ digits: Substring) -> Int? {
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return UInt16(digits).map(Int.init)
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let start = port(parts[0]) else { return nil }
        guard parts.count > 1 else { return start...start }
        guard let end = port(parts[1]), end >= start else { return nil }
        return start...end
    }
}

/// How many ports a project may still write out.
final class PortBudget {
    private var left = YAMLLimits.ports

    /// False when nothing is left for `count` more.
    func take(_ count: Int) -> Bool {
        left -= count
        return left >= 0
    }
}

/// Why a short form cannot be read, in one sentence.
struct SyntaxFailure: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
