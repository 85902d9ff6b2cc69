/// Which way a request would take through the gateway, and why.
public struct RouteTrace: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
        /// A route takes it.
        case route
        /// The device's own API answers.
        case api
        /// No route takes it.
        case nowhere
    }

    /// What the gateway answered when it was asked.
    public struct Answer: Sendable, Hashable, Codable {
        public var status: Int?
        public var milliseconds: Double?
        /// Where it sends the client to.
        public var location: String?
        /// Why there is no answer, in one sentence.
        public var problem: String?

        public init(
            status: Int? = nil,
            milliseconds: Double? = nil,
            location: String? = nil,
            problem: String? = nil
        ) {
            self.status = status
            self.milliseconds = milliseconds
            self.location = location
            self.problem = problem
        }
    }

    public var url: String
    public var outcome: Outcome
    /// The route that takes it.
    public var route: RouteStatus?
    /// What is looked at, one after the other, and what comes of it; whole sentences.
    public var steps: [String]
    public var answer: Answer?

    public init(url: String, outcome: Outcome, route: RouteStatus?, steps: [String], answer: Answer? = nil) {
        self.url = url
        self.outcome = outcome
        self.route = route
        self.steps = steps
        self.answer = answer
    }
}

/// An address that a client of the gateway would ask for.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    public let isEncrypted: Bool
    /// In lower case, without the port.
    public let host: String
    public let port: UInt16?
    /// Begins with a slash; percent-encoded as it came, without the query.
    public let path: String
    /// With its question mark; empty when there is none.
    public let query: String

    /// Nil when `text` is not `http://` or `https://` and a host, with a path at most.
    public init?(parsing text: String) {
        let lower = text.prefix(8).lowercased()
        isEncrypted = lower.hasPrefix("https://")
        guard isEncrypted || lower.hasPrefix("http://"), text.utf8.count <= 2000,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 })
        else { return nil }
        let rest = text.dropFirst(isEncrypted ? 8 : 7).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(authority.count)
        let target = tail.prefix { $0 != "?" }
        path = target.isEmpty ? "/" : String(target)
        query = String(tail.dropFirst(target.count))
        // `http://gateway` and an address have the same form.
        guard let address = OutsideAddress(parsing: "http://\(authority)"), !authority.isEmpty else { return nil }
        host = address.host
        let hasPort = authority.hasPrefix("[") ? authority.contains("]:") : authority.contains(":")
        port = hasPort ? address.port : nil
    }

    /// As a client writes the host.
    public var authority: String { host.contains(":") ? "[\(host)]" : host }

    public var description: String {
        "\(isEncrypted ? "https" : "http")://\(authority)\(port.map { ":\($0)" } ?? "")\(path)\(query)"
    }
}
