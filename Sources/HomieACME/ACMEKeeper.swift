public import HomieModel
internal import HomieTransfer
public import Logging
public import ServiceLifecycle

/// How certificates for public names are had.
public struct ACMESettings: Sendable, Hashable {
    /// The authority's directory.
    public var directory: String
    /// Where it writes to when something is about to go wrong; nil for nowhere.
    public var mail: String?
    /// The certificates to trust with it instead of the system's.
    public var authority: String?
    /// Between two rounds.
    public var interval: Duration

    /// <https://letsencrypt.org/docs/acme-protocol-updates/>
    public static let standardDirectory = "https://acme-v02.api.letsencrypt.org/directory"

    public init(directory: String, mail: String?, authority: String? = nil, interval: Duration = .seconds(5)) {
        self.directory = directory
        self.mail = mail
        self.authority = authority
        self.interval = interval
    }
}

/// What the keeper of certificates needs to know, and hands over.
public protocol ACMEDesk: ACMEProofs {
    /// Public names that want a certificate now: they have none, or one whose last third has begun.
    func wanted() async -> [HostPattern]
    /// Takes a certificate (chain and key in one PEM text) into use.
    func install(_ pem: String, for host: HostPattern) async throws
    /// How it goes with a name; nil when it is well.
    func report(_ problem: (any UserFacingError)?, for host: HostPattern) async
    /// The account's key as it was kept; nil when there is none yet.
    func key() async throws -> String?
    func keep(_ key: String) async throws
}

/// Has certificates issued for public names, and renewed in time, one at a time.
public actor ACMEKeeper: Service {
    private let settings: ACMESettings
    private let desk: any ACMEDesk
    private let uptime: @Sendable () -> TimeSpan
    private let logger: Logger
    private var authority: (ACMEAuthority, AccountKey)?
    /// Failures in a row of a name, and when it is tried again.
    private var pauses: [HostPattern: (failures: Int, until: TimeSpan)] = [:]

    public init(
        _ settings: ACMESettings,
        desk: any ACMEDesk,
        uptime: @escaping @Sendable () -> TimeSpan,
        logger: Logger
    ) {
        self.settings = settings
        self.desk = desk
        self.uptime = uptime
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        while !Task.isCancelled {
            await round()
            do { try await Task.sleep(for: settings.interval) } catch { return }
        }
    }

    private func round() async {
        for host in await desk.wanted() where (pauses[host]?.until ?? TimeSpan(nanoseconds: 0)) <= uptime() {
            guard !Task.isCancelled else { return }
            await obtain(host)
        }
    }

    private func obtain(_ host: HostPattern) async {
        do {
            guard !host.isWildcard || desk.records != nil else { throw ACMEError.noWay(host) }
            let (authority, key) = try await registered()
            let order = ACMEOrder(authority: authority, key: key, proofs: desk, host: host)
            try await desk.install(try await order.certificate(), for: host)
            pauses[host] = nil
            await desk.report(nil, for: host)
            logger.notice("a certificate was issued", metadata: ["host": "\(host)"])
        } catch is CancellationError {
            return
        } catch {
            await note(error, host)
        }
    }

    private func note(_ error: any Error, _ host: HostPattern) async {
        let problem = error as? any UserFacingError ?? ACMEError.unexpected("\(error)")
        let failures = (pauses[host]?.failures ?? 0) + 1
        // Authorities count failures by the hour (https://letsencrypt.org/docs/rate-limits/).
        let isLasting = (error as? ACMEError)?.isLasting ?? false
        let minutes = isLasting ? min(1440, 15 << min(failures - 1, 7)) : min(60, 1 << min(failures - 1, 6))
        let until = TimeSpan(nanoseconds: uptime().nanoseconds + Int64(minutes) * 60_000_000_000)
        pauses[host] = (failures, until)
        await desk.report(problem, for: host)
        logger.error(
            "no certificate could be had",
            metadata: ["host": "\(host)", "error": "\(problem)", "again": "in \(minutes) min"]
        )
    }

    private func registered() async throws -> (ACMEAuthority, AccountKey) {
        if let authority { return authority }
        let key: AccountKey
        if let kept = try await desk.key() {
            key = try AccountKey(pem: kept)
        } else {
            key = AccountKey()
            // Kept before it is used: an account whose key is lost cannot be used any more.
            try await desk.keep(key.pem)
        }
        let transfer = TransferSettings(
            connectTimeLimit: .seconds(10),
            stallTimeLimit: .seconds(30),
            certificateAuthority: settings.authority
        )
        let authority = ACMEAuthority(directory: settings.directory, key: key, settings: transfer)
        try await authority.register(mail: settings.mail)
        self.authority = (authority, key)
        return (authority, key)
    }
}
