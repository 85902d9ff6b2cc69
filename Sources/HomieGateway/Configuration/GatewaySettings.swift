public import HomieModel

/// How the gateway is set up on this device.
public struct GatewaySettings: Sendable, Hashable {
    /// An address and port to listen on.
    public struct Listener: Sendable, Hashable {
        /// An IP address; nil for every address of both families.
        public var address: String?
        public var port: UInt16

        public init(address: String? = nil, port: UInt16) {
            self.address = address
            self.port = port
        }

        /// Reads `80`, `127.0.0.1:80` or `[::1]:80`; nil when it is none of them.
        public init?(text: String) {
            guard let colon = text.lastIndex(of: ":") else {
                guard let port = UInt16(text), port > 0 else { return nil }
                self.init(port: port)
                return
            }
            var address = text[..<colon]
            if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
            let areGood = address.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x66, 0x41...0x46, 0x2E, 0x3A: true
                default: false
                }
            }
            guard !address.isEmpty, areGood, let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
                return nil
            }
            self.init(address: String(address), port: port)
        }
    }

    /// Where the configuration, sockets and certificates are.
    public var paths: GatewayPaths
    /// The device's own name, under which services get theirs: `homie.local`.
    public var domain: HostPattern
    /// IP addresses its certificate is for, beside the loopback ones.
    public var addresses: [String]
    public var http: [Listener]
    public var https: [Listener]
    /// Where services are served by their paths over TLS: another port is another origin, so that no page of a service has that
    /// of the API and the sign-in pages (RFC 6454, section 4). Empty for nowhere.
    public var pathForms: [Listener]
    /// The account HAProxy works as once it has its ports; nil for our own.
    public var account: String?
    /// Backends kept ready, so that a new service needs no reload.
    public var spareBackends: Int
    public var maximumConnections: Int
    /// Connections of one client address at a time.
    public var connectionsPerClient: Int
    /// Requests of one client address; nil for no limit.
    public var clientRate: RateLimit?
    /// A file with the public key of session tokens (ES256, PEM); without one, routes that want
    /// sign-in refuse everybody.
    public var sessionKey: String?
    /// The `kid` that session tokens must name; nil for any.
    public var sessionKeyName: String?
    /// The Unix socket of the API, which the device's own names then serve over TLS; nil for none.
    public var apiSocket: String?
    /// The `aud` a session token must be made for (RFC 8725, section 3.9).
    public var sessionAudience: String
    /// A folder with certificates of the owner's: `NAME.pem`, or `NAME.crt` and `NAME.key`; nil for none.
    public var certificateFolder: String?
    /// Public names get certificates of a public authority.
    public var usesACME: Bool
    /// Somebody else, such as systemd, starts HAProxy once there is a configuration, and brings it back when it dies.
    public var isKeptBySystem: Bool
    /// How long old connections may go on after a reload or on a removed replica.
    public var drainTime: TimeSpan

    public init(
        paths: GatewayPaths,
        domain: HostPattern,
        http: [Listener] = [Listener(port: 80)],
        https: [Listener] = [Listener(port: 443)]
    ) {
        self.paths = paths
        self.domain = domain
        self.http = http
        self.https = https
        pathForms = []
        addresses = []
        account = nil
        spareBackends = 32
        maximumConnections = 4000
        connectionsPerClient = 1000
        clientRate = nil
        sessionKey = nil
        sessionKeyName = nil
        apiSocket = nil
        sessionAudience = "homie-gateway"
        drainTime = .seconds(3600)
        certificateFolder = nil
        usesACME = false
        isKeptBySystem = false
    }
}

extension GatewaySettings {
    /// The names the device's own pages are served by, beside its addresses.
    var ownNames: [String] { RouteAddressing.ownNames(of: domain) }
}

/// The gateway's files and sockets, all in one folder (mode 0700).
public struct GatewayPaths: Sendable, Hashable {
    public let directory: String

    public init(directory: String) { self.directory = directory }

    public var configuration: String { directory + "/haproxy.cfg" }
    /// Written beside and checked before it takes the place of ``configuration``.
    public var candidate: String { directory + "/haproxy.cfg.new" }
    public var map: String { directory + "/routes.map" }
    /// Sessions that were ended before their tokens: one a line, and when these end.
    public var endedSessions: String { directory + "/ended-sessions.map" }
    /// What the running process was started with, for the next homied.
    public var layout: String { directory + "/layout.json" }
    public var runtimeSocket: String { directory + "/runtime.sock" }
    public var masterSocket: String { directory + "/master.sock" }
    public var processID: String { directory + "/haproxy.pid" }
    /// The certificates HAProxy presents: every PEM file in here.
    public var certificates: String { directory + "/certificates" }
    /// The certificate of the device's own names.
    public var certificate: String { certificates + "/homie.pem" }
    /// Certificates of single names, as HAProxy was given them.
    public var hosts: String { directory + "/hosts" }
    /// Which of them there are: one path a line.
    public var hostList: String { directory + "/hosts.list" }
    /// Certificates that a public authority issued, `NAME.pem`.
    public var issued: String { directory + "/acme" }
    /// What a public authority looks for under `/.well-known/acme-challenge/`: token and content.
    public var challenges: String { directory + "/challenges.map" }
    /// Authorities that routes brought along, each named after its content.
    public var trusted: String { directory + "/trusted" }

    /// Those whose word counts for a service, as `ca-file` takes them (Configuration Manual, 5.2).
    func authorities(of identity: UpstreamIdentity?) -> String {
        identity?.authority.map { "\(trusted)/\(shortDigest(of: $0)).pem" } ?? "@system-ca"
    }

    /// The internal authority's certificate and key.
    public var authority: String { directory + "/authority" }
}
