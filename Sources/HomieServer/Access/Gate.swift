import HomieAPI
public import HomieAccess
public import HomieModel
import Hummingbird

/// Who sent a request, and from where.
struct Caller: Sendable {
    var door: Door
    var principal: Principal
    var client: ClientFacts
    /// The credentials came in a cookie, which browsers send along unasked.
    var usesCookie = false
}

/// Where pages for browsers are, and where they may lead to.
public struct PageSettings: Sendable {
    /// The device's own host and, where it is not 443, port: `homie.local:8443`.
    let device: String
    let domain: String
    /// The port of the gateway for HTTPS.
    let port: UInt16
    /// The port where services are by their paths, and nothing else; nil for none.
    let pathPort: UInt16?
    /// Whether a host is served, so that a sign-in may end there.
    let serves: @Sendable (String) async -> Bool

    public init(
        domain: String,
        port: UInt16,
        pathPort: UInt16? = nil,
        serves: @escaping @Sendable (String) async -> Bool
    ) {
        device = port == 443 ? domain : "\(domain):\(port)"
        self.domain = domain
        self.port = port
        self.pathPort = pathPort
        self.serves = serves
    }

    /// Where services are by their paths, under a name of the device's own: `https://homie.local:8443`.
    func pathOrigin(of host: String) -> String? {
        pathPort.map { "https://\(host.contains(":") ? "[\(host)]" : host)" + ($0 == 443 ? "" : ":\($0)") }
    }

    /// True for the device's own names and addresses, where its pages are.
    func isOwn(_ host: String) -> Bool {
        let short = domain.prefix { $0 != "." }
        if [domain, String(short), "localhost"].contains(host) || host.contains(":") { return true }
        return host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }
}

/// What the API's server needs to let people in.
public struct AccessGate: Sendable {
    let access: AccessControl
    let devices: DeviceSignIn
    let openID: OpenIDSignIn?
    let handOver: HandOver
    /// Nil for no pages.
    public var pages: PageSettings?
    let limiter: RateLimiter
    let wall: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - openID: sign-in at an identity provider; nil when none is set up.
    ///   - pages: where sign-in pages are; nil for none.
    ///   - limiter: counts the requests that come through the gateway.
    public init(
        access: AccessControl,
        openID: OpenIDSignIn? = nil,
        pages: PageSettings? = nil,
        limiter: RateLimiter,
        wall: @escaping @Sendable () -> Timestamp
    ) {
        self.access = access
        self.openID = openID
        self.pages = pages
        devices = DeviceSignIn(access: access, wall: wall)
        handOver = HandOver(access: access, wall: wall)
        self.limiter = limiter
        self.wall = wall
    }
}

/// The names of the cookies; `__Host-` keeps other hosts and plain HTTP from setting them (RFC 6265bis, section 4.1.3.2).
enum CookieName {
    static let api = "__Host-homie_api"
    static let gateway = "__Host-homie_session"
    static let refresh = "__Host-homie_refresh"
    static let openID = "__Host-homie_oidc"
    /// Ties a form to the browser it was shown in.
    static let form = "__Host-homie_form"
    /// Ties a sign-in for a service to the browser that wants it.
    static let passage = "__Host-homie_passage"
}

extension APIResponder {
    /// Finds out who sent a request.
    ///
    /// - Throws: `AccessError` when what it says about that is not good.
    func caller(_ request: Request, _ context: APIContext, _ endpoint: Endpoint) async throws -> Caller {
        let program = request.headers[.userAgent] ?? ""
        switch door {
        case .socket:
            // Looks are not written to the audit log, and need not know more.
            let needsName = endpoint.method != .get || endpoint.operation == .whoAmI
            let peer = needsName ? try await context.peer() : (account: .max, process: 0)
            return Caller(
                door: door,
                principal: .socket(account: peer.account, process: peer.process),
                client: ClientFacts(address: "pid:\(peer.process)", program: program)
            )
        case .gateway:
            // HAProxy puts the address there, in the place of whatever the client sent.
            let address = request.headers[.xForwardedFor] ?? "unknown"
            // A webhook's own credentials are its receiver's business.
            guard endpoint.operation != .receiveHook else {
                return Caller(door: door, principal: .nobody, client: ClientFacts(address: address, program: program))
            }
            let credentials = Credentials(bearer: request.bearer, cookie: request.cookie(CookieName.api))
            return Caller(
                door: door,
                principal: try await principal(credentials, endpoint),
                client: ClientFacts(address: address, program: program),
                usesCookie: credentials.bearer == nil && request.headers[.cookie] != nil
            )
        }
    }

    /// Browsers send old cookies unasked. Where nobody needs to be signed in they keep nobody out: else a session whose token has
    /// run out could not be renewed. A bad token that was meant is refused everywhere.
    private func principal(_ credentials: Credentials, _ endpoint: Endpoint) async throws -> Principal {
        guard let gate else { return .nobody }
        do {
            return try await gate.access.authenticate(credentials)
        } catch is AccessError where credentials.bearer == nil && endpoint.operation.requirement == .nobody {
            return .nobody
        }
    }

    /// Refuses what another site made a browser send (OWASP's Cross-Site Request Forgery Prevention Cheat Sheet, fetch metadata).
    ///
    /// A site is every port of a name, and the names below it; an origin is one port. Services have others than the API.
    /// - Throws: `AccessError.crossSite`
    func checkOrigin(_ request: Request, _ caller: Caller, _ endpoint: Endpoint) throws {
        guard caller.door == .gateway else { return }
        // Who only looks is answered wherever it comes from, unless it is the cookie that opens.
        let opensByCookie = caller.usesCookie && endpoint.operation.requirement != .nobody
        guard endpoint.method != .get || opensByCookie else { return }
        if let site = request.headers[.fetchSite] {
            guard site == "same-origin" || site == "none" else { throw AccessError.crossSite }
            return
        }
        if let origin = request.headers[.origin] {
            guard let host = request.head.authority, origin.lowercased() == "https://\(host.lowercased())" else {
                throw AccessError.crossSite
            }
            return
        }
        // Every browser says where a change comes from; a cookie without that was not sent by one.
        if caller.usesCookie, endpoint.method != .get { throw AccessError.crossSite }
    }
}

extension Request {
    /// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
    var bearer: String? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// A cookie's value; nil when it is missing or comes twice.
    func cookie(_ name: String) -> String? {
        let pairs = headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let found = pairs.compactMap { pair -> String? in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { return nil }
            return String(parts[1])
        }
        return found.count == 1 ? found[0] : nil
    }
}

extension HTTPFields.Element.Name {
    static let xForwardedFor = known("x-forwarded-for")
    static let fetchSite = known("sec-fetch-site")
    static let rateLimit = known("ratelimit")
    static let rateLimitPolicy = known("ratelimit-policy")

    private static func known(_ name: String) -> Self { Self(name) ?? .accept }
}
