/// Something small that is sent in one go: an HTTP POST, or a mail.
public struct OutgoingMessage: Sendable {
    public enum Form: Sendable {
        /// - Parameter headers: whole lines, `Content-Type: application/json`.
        case post(headers: [String], body: [UInt8])
        /// - Parameters:
        ///   - content: the message with its header fields, lines ended by CR LF (RFC 5322).
        ///   - requiresEncryption: else encryption is used where the server offers it.
        case mail(from: String, to: [String], content: [UInt8], requiresEncryption: Bool)
    }

    /// Name and password; only for mail, a POST has header fields for that.
    public struct Login: Sendable {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// `http`, `https`, `smtp` or `smtps`.
    public var url: String
    public var form: Form
    public var login: Login?
    public var policy: AddressPolicy
    public var timeLimit: Duration
    public var userAgent: String
    /// A file of certificate authorities; nil for the system's.
    public var certificateAuthority: String?

    public init(
        url: String,
        form: Form,
        login: Login? = nil,
        policy: AddressPolicy = .global,
        timeLimit: Duration = .seconds(20),
        userAgent: String = "homie",
        certificateAuthority: String? = nil
    ) {
        self.url = url
        self.form = form
        self.login = login
        self.policy = policy
        self.timeLimit = timeLimit
        self.userAgent = userAgent
        self.certificateAuthority = certificateAuthority
    }
}

/// What the other side said.
public struct MessageAnswer: Sendable, Hashable {
    /// Of HTTP or SMTP (RFC 5321, section 4.2).
    public var status: Int
    /// Names in lower case.
    public var fields: [String: String]
    /// The first 512 bytes of the body.
    public var excerpt: String
}

/// Why there was no answer.
public enum MessageFault: Error, Sendable, Hashable {
    /// The address is one that the policy does not allow.
    case notAllowed
    case badAddress
    /// The reason is libcurl's.
    case unreachable(String)
    /// The mail server did not take the login, the sender, a recipient or the mail.
    case refused(status: Int, String)
}
