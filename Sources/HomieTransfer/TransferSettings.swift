public import HomieModel

/// How files are fetched.
public struct TransferSettings: Sendable, Hashable {
    /// Bytes a second at most; nil: as fast as it goes.
    public var bandwidth: ByteCount?
    /// e.g. `http://proxy.lan:3128`; nil: what the environment says (`https_proxy`, `no_proxy`).
    public var proxy: String?
    /// Until a connection stands.
    public var connectTimeLimit: Duration
    /// How long nothing may come before the connection counts as dead.
    public var stallTimeLimit: Duration
    /// Tries in a row that bring nothing new.
    public var attempts: Int
    /// The first pause between tries; each further one is twice as long, up to a minute.
    public var firstPause: Duration
    /// A file with the certificates to trust instead of the system's.
    public var certificateAuthority: String?
    /// Further lines of each request, e.g. `Authorization: …`.
    public var headers: [String]
    public var userAgent: String
    /// The path of a Unix socket to connect to instead of the host in the address.
    public var unixSocket: String?
    /// `host:port` to connect to instead of those in the address; names in TLS and HTTP stay.
    public var connectTo: String?

    public init(
        bandwidth: ByteCount? = nil,
        proxy: String? = nil,
        connectTimeLimit: Duration = .seconds(20),
        stallTimeLimit: Duration = .seconds(60),
        attempts: Int = 6,
        firstPause: Duration = .seconds(1),
        certificateAuthority: String? = nil,
        headers: [String] = [],
        userAgent: String = "homie",
        unixSocket: String? = nil,
        connectTo: String? = nil
    ) {
        self.bandwidth = bandwidth
        self.proxy = proxy
        self.connectTimeLimit = connectTimeLimit
        self.stallTimeLimit = stallTimeLimit
        self.attempts = attempts
        self.firstPause = firstPause
        self.certificateAuthority = certificateAuthority
        self.headers = headers
        self.userAgent = userAgent
        self.unixSocket = unixSocket
        self.connectTo = connectTo
    }
}

/// A file to be fetched, and how to tell that it is the right one.
public struct Download: Sendable, Hashable {
    /// `http://` or `https://`.
    public var url: String
    /// Where it will be once it is complete and verified; until then what there is lies beside it, as `….part`.
    public var destination: String
    public var size: ByteCount?
    public var sha256: ContentDigest?

    public init(url: String, destination: String, size: ByteCount? = nil, sha256: ContentDigest? = nil) {
        self.url = url
        self.destination = destination
        self.size = size
        self.sha256 = sha256
    }
}

/// How far a download is.
public struct DownloadProgress: Sendable, Hashable {
    public var received: ByteCount
    /// nil where the server does not tell.
    public var total: ByteCount?
}

/// What a download took.
public struct DownloadResult: Sendable, Hashable, Codable {
    public var size: ByteCount
    public var sha256: ContentDigest
    /// What came over the network this time; less than ``size`` when an earlier try was continued.
    public var transferred: ByteCount
}
