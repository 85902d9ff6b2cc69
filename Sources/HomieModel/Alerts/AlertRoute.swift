/// Who is told, and how.
public struct AlertRoute: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Mail; the address is `smtp://host:port` or `smtps://host`.
        case smtp
        /// <https://docs.ntfy.sh/publish/>; the address is that of the topic.
        case ntfy
        /// <https://gotify.net/docs/pushmsg>; the address is the server's.
        case gotify
        /// JSON, signed as Standard Webhooks says (<https://www.standardwebhooks.com>).
        case webhook
        /// JSON as Prometheus' Alertmanager sends to its webhooks.
        case alertmanager
    }

    public var name: AlertName
    public var kind: Kind
    public var url: String
    /// For mail.
    public var from: String?
    public var to: [String]
    /// For mail, and for ntfy and Alertmanager receivers that ask for one.
    public var user: String?
    public var least: AlertRule.Severity
    /// Only alerts of these rules; nil for all.
    public var rules: [AlertName]?
    /// Allows addresses of the local network and of this device; never those of cloud metadata services.
    public var allowsLocal: Bool
    public var tellsResolved: Bool
    public var isOn: Bool
    /// A password, token or signing key is kept for it. What it is is not shown.
    public var hasSecret: Bool

    public init(
        name: AlertName,
        kind: Kind,
        url: String,
        from: String? = nil,
        to: [String] = [],
        user: String? = nil,
        least: AlertRule.Severity = .info,
        rules: [AlertName]? = nil,
        allowsLocal: Bool = false,
        tellsResolved: Bool = true,
        isOn: Bool = true,
        hasSecret: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.url = url
        self.from = from
        self.to = to
        self.user = user
        self.least = least
        self.rules = rules
        self.allowsLocal = allowsLocal
        self.tellsResolved = tellsResolved
        self.isOn = isOn
        self.hasSecret = hasSecret
    }

    private enum CodingKeys: String, CodingKey {
        case name, kind, url, from, to, user, least, rules, allowsLocal, tellsResolved, isOn, hasSecret
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(AlertName.self, forKey: .name)
        kind = try values.decode(Kind.self, forKey: .kind)
        url = try values.decode(String.self, forKey: .url)
        from = try values.decodeIfPresent(String.self, forKey: .from)
        to = try values.decodeIfPresent([String].self, forKey: .to) ?? []
        user = try values.decodeIfPresent(String.self, forKey: .user)
        least = try values.decodeIfPresent(AlertRule.Severity.self, forKey: .least) ?? .info
        rules = try values.decodeIfPresent([AlertName].self, forKey: .rules)
        allowsLocal = try values.decodeIfPresent(Bool.self, forKey: .allowsLocal) ?? false
        tellsResolved = try values.decodeIfPresent(Bool.self, forKey: .tellsResolved) ?? true
        isOn = try values.decodeIfPresent(Bool.self, forKey: .isOn) ?? true
        hasSecret = try values.decodeIfPresent(Bool.self, forKey: .hasSecret) ?? false
    }

    public func wants(_ notification: AlertNotification) -> Bool {
        isOn && notification.severity >= least && (tellsResolved || !notification.isResolved)
            && (rules.map { rules in notification.alerts.contains { rules.contains($0.rule) } } ?? true)
    }

    /// - Throws: ``AlertError/bad(what:reason:)`` for what cannot work.
    public func check() throws(AlertError) {
        let what = "the route '\(name)'"
        let schemes = kind == .smtp ? ["smtp://", "smtps://"] : ["http://", "https://"]
        guard let scheme = schemes.first(where: { url.lowercased().hasPrefix($0) }), url.utf8.count <= 2000,
            url.utf8.count > scheme.utf8.count, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .bad(what: what, reason: "has no address that begins with \(schemes.joined(separator: " or "))") }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw .bad(what: what, reason: "has a password in its address") }
        guard kind == .smtp else { return }
        guard !to.isEmpty, let from, ([from] + to).allSatisfy(Self.isAddress) else {
            throw .bad(what: what, reason: "needs 'from' and 'to' as bare mail addresses")
        }
    }

    /// Nothing that could end a line or a command of SMTP.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x2C }
    }
}

/// A notification on its way to one receiver.
public struct Delivery: Sendable, Hashable, Codable, Identifiable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case waiting, delivered
        /// Given up; ``lastError`` says why.
        case dead
    }

    /// The same at every attempt, so that a receiver can tell what it has seen already.
    public var id: String
    public var route: AlertName
    public var title: String
    public var state: State
    public var attempts: Int
    public var createdAt: Timestamp
    /// When it is tried next.
    public var dueAt: Timestamp
    public var deliveredAt: Timestamp?
    public var lastError: String?

    public init(id: String, route: AlertName, title: String, createdAt: Timestamp) {
        self.id = id
        self.route = route
        self.title = title
        state = .waiting
        attempts = 0
        self.createdAt = createdAt
        dueAt = createdAt
    }
}

/// What an incoming webhook sets off.
public struct IncomingHook: Sendable, Hashable, Codable {
    /// How a request shows that it comes from whom it should.
    public enum Signature: String, Sendable, Hashable, Codable, CaseIterable {
        /// `webhook-id`, `webhook-timestamp`, `webhook-signature` (<https://www.standardwebhooks.com>).
        case standard
        /// `X-Hub-Signature-256`, as GitHub, Gitea and Forgejo send it.
        case github
    }

    public enum Action: Sendable, Hashable, Codable {
        /// Applies the stack's present revision anew, its images pulled.
        case deploy(StackName)
        case job(String)

        private enum CodingKeys: String, CodingKey { case deploy, job }

        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            guard values.allKeys.count == 1 else {
                throw AlertError.bad(what: "the action", reason: "is not exactly one of deploy and job")
            }
            if let stack = try values.decodeIfPresent(StackName.self, forKey: .deploy) {
                self = .deploy(stack)
            } else {
                self = .job(try values.decode(String.self, forKey: .job))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .deploy(let stack): try values.encode(stack, forKey: .deploy)
            case .job(let name): try values.encode(name, forKey: .job)
            }
        }
    }

    public var name: AlertName
    public var signature: Signature
    public var action: Action
    public var isOn: Bool

    public init(name: AlertName, signature: Signature, action: Action, isOn: Bool = true) {
        self.name = name
        self.signature = signature
        self.action = action
        self.isOn = isOn
    }

    private enum CodingKeys: String, CodingKey { case name, signature, action, isOn }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(AlertName.self, forKey: .name)
        signature = try values.decodeIfPresent(Signature.self, forKey: .signature) ?? .standard
        action = try values.decode(Action.self, forKey: .action)
        isOn = try values.decodeIfPresent(Bool.self, forKey: .isOn) ?? true
    }
}
