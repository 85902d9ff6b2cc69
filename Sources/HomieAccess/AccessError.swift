public import HomieAPI
public import HomieModel

/// Why somebody is not let in, or may not do something.
public enum AccessError: UserFacingError, HTTPProblem, Equatable {
    /// Nobody is signed in.
    case signInNeeded
    /// A session token that is not good: why.
    case badSession(String)
    /// A refresh token that is not good, or came a second time.
    case badRefresh
    case badToken
    case badCredentials
    /// Name and password are right, and a code of the authenticator app is needed.
    case codeNeeded
    case throttled(after: TimeSpan, policy: String)
    case notAllowed(role: Role?, needs: Role)
    case notInScope(Scope)
    /// Another site made the browser send this.
    case crossSite
    case tooMuch(Scope)
    case noUser(UserName)
    case noToken(String)
    case noSession(String)
    case userExists(UserName)
    case lastAdmin(UserName)
    case weakPassword(String)
    /// One's own password is set where the present one is asked for.
    case ownPassword
    case setUpDone
    case badSetUpToken
    case notOwn
    /// The way is not set up: e.g. `sign-in with OpenID Connect`.
    case notSetUp(String)
    /// What the identity provider says cannot be relied on: why.
    case badIdentity(String)
    /// Known to the identity provider, and in none of the groups that may come in.
    case notInvited
    case noDevice(String)
    case devicePending
    case deviceTooFast
    case deviceDenied

    public var summary: String {
        switch self {
        case .signInNeeded: "this needs somebody who is signed in"
        case .badSession(let reason): "the session token is not accepted: it is \(reason)"
        case .badRefresh: "the session cannot be renewed: its token is unknown, expired or was used before"
        case .badToken: "the API token is unknown, expired or revoked"
        case .badCredentials: "the name, the password or the code is wrong"
        case .codeNeeded: "a code of the authenticator app is needed"
        case .throttled: "too many requests came from here"
        case .notAllowed(let role, let needs):
            "this needs the role '\(needs.rawValue)'" + (role.map { ", and you have '\($0.rawValue)'" } ?? "")
        case .notInScope(let scope): "this token is not for '\(scope)'"
        case .crossSite: "another site's page sent this request"
        case .tooMuch(let scope): "a token cannot be given the scope '\(scope)': its maker does not have it"
        case .noUser(let name): "there is no user '\(name)'"
        case .noToken(let id): "there is no token '\(id.prefix(40))'"
        case .noSession(let id): "there is no session '\(id.prefix(40))'"
        case .userExists(let name): "there is a user '\(name)' already"
        case .lastAdmin(let name): "'\(name)' is the last admin"
        case .weakPassword(let reason): "the password is \(reason)"
        case .ownPassword: "your own password is changed with the present one only"
        case .setUpDone: "this device is set up already"
        case .badSetUpToken: "the set-up token is wrong"
        case .notOwn: "this belongs to another user"
        case .notSetUp(let what): "\(what) is not set up on this device"
        case .badIdentity(let reason): "the identity provider's answer is not accepted: \(reason)"
        case .notInvited: "none of your groups may sign in here"
        case .noDevice(let code): "no device waits with the code '\(code.prefix(20))'"
        case .devicePending: "nobody has let this device in yet"
        case .deviceTooFast: "this device asks too often"
        case .deviceDenied: "this device was not let in, or waited too long"
        }
    }

    public var hint: String? {
        switch self {
        case .signInNeeded, .badSession, .badRefresh: "sign in, e.g. with 'homie login https://DEVICE'"
        case .badToken: "'homie token create' makes a new one"
        case .codeNeeded: "send it as 'code'"
        case .throttled(let wait, _): "wait \(Int(wait.seconds.rounded(.up))) s"
        case .notAllowed: "an admin can change it: 'homie user set NAME --role ROLE'"
        case .notInScope(let scope): "make one with '--scope \(scope)'"
        case .lastAdmin: "make another user admin first"
        case .weakPassword: "several words together are easy to remember and hard to guess"
        case .ownPassword: "'homie user password NAME' asks for both"
        case .setUpDone: "sign in, or use 'homie user' on the device itself"
        case .badSetUpToken: "homied shows it when it starts, and keeps it in 'setup-token' beside its socket"
        case .badIdentity: "begin again; if it stays so, the device's settings and the provider's do not fit"
        case .notInvited: "an admin decides with the setting 'oidc-groups'"
        case .devicePending: "ask again in 5 s"
        case .deviceTooFast, .deviceDenied, .noDevice: nil
        case .badCredentials, .crossSite, .tooMuch, .noUser, .noToken, .noSession, .userExists, .notOwn, .notSetUp: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .signInNeeded, .badSession, .badRefresh, .badToken, .badCredentials, .codeNeeded, .throttled, .notAllowed,
            .notInScope, .crossSite, .tooMuch, .badSetUpToken, .notOwn, .ownPassword, .badIdentity, .notInvited,
            .deviceTooFast,
            .deviceDenied:
            .refused
        case .noUser, .noToken, .noSession, .notSetUp, .noDevice: .notFound
        case .userExists, .lastAdmin, .setUpDone, .devicePending: .conflict
        case .weakPassword: .usage
        }
    }

    public var status: Int {
        switch self {
        case .signInNeeded, .badSession, .badRefresh, .badToken, .badCredentials, .codeNeeded, .badSetUpToken,
            .badIdentity,
            .deviceDenied:
            401
        case .throttled, .deviceTooFast: 429
        case .notAllowed, .notInScope, .crossSite, .tooMuch, .notOwn, .noUser, .noToken, .noSession, .notSetUp,
            .userExists, .lastAdmin, .setUpDone, .weakPassword, .ownPassword, .notInvited, .noDevice, .devicePending:
            kind.httpStatus
        }
    }

    public var problemType: String? {
        switch self {
        case .codeNeeded: "urn:homie:problem:codeNeeded"
        case .devicePending: "urn:homie:problem:devicePending"
        case .throttled, .deviceTooFast: "https://iana.org/assignments/http-problem-types#quota-exceeded"
        case .signInNeeded, .badSession, .badRefresh, .badToken, .badCredentials, .badSetUpToken:
            "urn:homie:problem:signIn"
        default: nil
        }
    }

    public var fields: [String: String] {
        switch self {
        case .signInNeeded, .codeNeeded, .badCredentials, .badSetUpToken: ["www-authenticate": #"Bearer realm="homie""#]
        // RFC 6750, section 3.1
        case .badSession, .badToken, .badRefresh: ["www-authenticate": #"Bearer realm="homie", error="invalid_token""#]
        case .notInScope(let scope):
            ["www-authenticate": #"Bearer realm="homie", error="insufficient_scope", scope="\#(scope)""#]
        case .deviceTooFast: ["retry-after": "5"]
        case .throttled(let wait, _): ["retry-after": "\(max(1, Int(wait.seconds.rounded(.up))))"]
        default: [:]
        }
    }
}
