internal import FoundationEssentials
internal import Glibc
internal import HomieModel
internal import Synchronization

/// The authority and the leaf on disk: made when they are not there, renewed in time.
struct CertificateKeeper: Sendable {
    let settings: GatewaySettings

    private var rootPath: String { settings.paths.authority + "/root.pem" }
    private var keyPath: String { settings.paths.authority + "/root.key" }

    /// What was done, for HAProxy and for the log.
    struct Outcome: Sendable {
        /// The leaf that HAProxy has to be given; nil when the one on disk holds.
        var renewed: String?
        /// Where an authority that could not be used was put.
        var setAside: String?
        var expiry: CertificateExpiry?
    }

    /// Makes sure of a root, and of a leaf for the device's names and all `hosts`: those that have no certificate of
    /// their own, for HAProxy presents the first one it knows for a name.
    ///
    /// - Throws: ``GatewayError``
    func keep(hosts: [HostPattern], now: Timestamp) throws(GatewayError) -> Outcome {
        try AtomicFile.makeFolder(settings.paths.directory)
        try AtomicFile.makeFolder(settings.paths.authority)
        try AtomicFile.makeFolder(settings.paths.certificates)
        var outcome = Outcome()
        let authority = try authority(now: now, &outcome)
        let names = names(hosts)
        if let present = try AtomicFile.read(settings.paths.certificate),
            authority.isGood(present, for: names, now: now)
        {
            outcome.expiry = CertificateExpiry(leaf: CertificateAuthority.expiry(present), root: authority.expires)
            return outcome
        }
        do {
            let leaf = try authority.issue(for: names, now: now)
            outcome.renewed = leaf
            outcome.expiry = CertificateExpiry(leaf: CertificateAuthority.expiry(leaf), root: authority.expires)
        } catch {
            throw .certificate(path: settings.paths.certificate, reason: "\(error)")
        }
        if let leaf = outcome.renewed { try AtomicFile.write(leaf, to: settings.paths.certificate) }
        return outcome
    }

    /// The root, made when it is not there.
    ///
    /// - Throws: ``GatewayError``
    func authority(now: Timestamp) throws(GatewayError) -> CertificateAuthority {
        try AtomicFile.makeFolder(settings.paths.directory)
        try AtomicFile.makeFolder(settings.paths.authority)
        var outcome = Outcome()
        return try authority(now: now, &outcome)
    }

    /// The leaf that is presented.
    func leaf() -> HostCertificate? {
        guard let text = try? AtomicFile.read(settings.paths.certificate) else { return nil }
        return try? HostCertificate(chain: text, key: text)
    }

    /// The root for people to download, and its SHA-256 fingerprint.
    ///
    /// - Throws: ``GatewayError``
    func root() throws(GatewayError) -> (pem: String, fingerprint: String)? {
        guard let certificate = try AtomicFile.read(rootPath), let key = try AtomicFile.read(keyPath) else {
            return nil
        }
        do {
            return (certificate, try CertificateAuthority(certificate: certificate, key: key).fingerprint())
        } catch {
            throw .certificate(path: rootPath, reason: "\(error)")
        }
    }

    private func names(_ hosts: [HostPattern]) -> [String] {
        let own = [settings.domain.text, "*.\(settings.domain)", "localhost", "127.0.0.1", "::1"] + settings.addresses
        // Some clients refuse a certificate of many thousand bytes; a home has fewer names.
        return own + Set(hosts.map(\.text)).subtracting(own).sorted().prefix(100)
    }

    /// The gateway and the services' certificates want it at the same time, and it must be made once.
    private static let making = Mutex(())

    private func authority(now: Timestamp, _ outcome: inout Outcome) throws(GatewayError) -> CertificateAuthority {
        var made = Outcome()
        let authority = try Self.making.withLock { _ throws(GatewayError) in try alone(now: now, &made) }
        outcome.setAside = made.setAside
        return authority
    }

    private func alone(now: Timestamp, _ outcome: inout Outcome) throws(GatewayError) -> CertificateAuthority {
        let certificate = try AtomicFile.read(rootPath)
        let key = try AtomicFile.read(keyPath)
        if let certificate, let key {
            if let authority = try? CertificateAuthority(certificate: certificate, key: key), authority.isGood(now: now)
            {
                return authority
            }
        }
        if certificate != nil || key != nil { outcome.setAside = try setAside(now) }
        do {
            let authority = try CertificateAuthority.make(name: "Homie on \(settings.domain)", now: now)
            // The key first: a certificate without its key would be put aside at the next start.
            try AtomicFile.write(try authority.keyText(), to: keyPath)
            try AtomicFile.write(try authority.rootText(), to: rootPath)
            return authority
        } catch let error as GatewayError {
            throw error
        } catch {
            throw .certificate(path: rootPath, reason: "\(error)")
        }
    }

    /// What cannot be used is kept: somebody may trust it.
    private func setAside(_ now: Timestamp) throws(GatewayError) -> String {
        let target = "\(settings.paths.authority)-\(now.nanoseconds / 1_000_000_000)"
        guard rename(settings.paths.authority, target) == 0 else {
            throw .file(path: settings.paths.authority, underlying: Errno(code: errno))
        }
        try AtomicFile.makeFolder(settings.paths.authority)
        return target
    }
}
