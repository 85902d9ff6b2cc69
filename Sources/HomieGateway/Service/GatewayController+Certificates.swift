public import HomieModel
internal import HomieSupervisor
internal import Logging

extension GatewayController {
    /// Makes sure that every name has the best certificate there is, and that the running process presents it.
    func keepCertificates(_ wanted: WantedGateway) async throws(GatewayError) {
        if settings.usesACME, try AtomicFile.read(settings.paths.challenges) == nil {
            try AtomicFile.write("", to: settings.paths.challenges)
        }
        guard !settings.https.isEmpty else { return }
        let hosts = wanted.services.flatMap(\.planned.route.hosts)
        let now = clocks.uptime()
        let store = CertificateShelf(settings: settings)
        let signature = store.signature()
        if let kept, kept.hosts == hosts, shelfSignature == signature,
            now.nanoseconds - kept.at.nanoseconds < 3_600_000_000_000
        {
            return
        }
        shelf = store.content(now: clocks.wall())
        for fault in shelf.faults { logger.error("\(fault.problem ?? "")") }
        let isRunning = await observe().map { !$0.identity.isEmpty } ?? false
        try await keepHostCertificates(isRunning: isRunning)
        // Once another certificate is there for it, a name leaves the device's own: HAProxy presents the first it knows.
        let own = shelf.entries.map(\.certificate)
        try await keepLeaf(hosts.filter { host in !own.contains { $0.covers(host) } }, isRunning: isRunning)
        shelfSignature = signature
        kept = (hosts, now)
    }

    private func keepLeaf(_ hosts: [HostPattern], isRunning: Bool) async throws(GatewayError) {
        let outcome = try keeper.keep(hosts: hosts, now: clocks.wall())
        if let place = outcome.setAside {
            logger.error(
                "the certificate authority could not be used and was put aside",
                metadata: ["place": "\(place)"]
            )
        }
        if let pem = outcome.renewed { newCertificate = pem }
        expiry = outcome.expiry ?? expiry
        if let pem = newCertificate, isRunning {
            try await runtime.replaceCertificate(settings.paths.certificate, pem: pem)
            logger.info("the gateway's certificate was renewed")
        }
        newCertificate = nil
    }

    private func keepHostCertificates(isRunning: Bool) async throws(GatewayError) {
        let files = HostCertificateFiles(paths: settings.paths)
        let change = try files.change(to: shelf.entries)
        guard !change.isEmpty else { return }
        if isRunning {
            do throws(GatewayError) {
                try await present(change)
            } catch {
                // It may run with another configuration; a new process reads the files.
                logger.warning("HAProxy takes the certificates with a reload", metadata: ["error": "\(error)"])
                mustReload = true
            }
        }
        try files.write(change)
        for file in change.added + change.replaced {
            logger.info("a certificate is presented", metadata: ["file": "\(file.path)"])
        }
    }

    private func present(_ change: HostCertificateFiles.Change) async throws(GatewayError) {
        let list = settings.paths.hostList
        for file in change.added {
            _ = try await runtime.run([.newCertificate(path: file.path)])
            try await runtime.replaceCertificate(file.path, pem: file.pem)
            _ = try await runtime.run([.listCertificate(list: list, path: file.path)])
        }
        for file in change.replaced { try await runtime.replaceCertificate(file.path, pem: file.pem) }
        for path in change.removed {
            _ = try await runtime.run([.unlistCertificate(list: list, path: path), .deleteCertificate(path: path)])
        }
    }

    // MARK: what a public authority issues

    /// Hosts of routes that a public authority may know.
    private var publicHosts: [HostPattern] {
        guard settings.usesACME else { return [] }
        let hosts = Set((table?.routes ?? []).flatMap(\.route.hosts))
        return hosts.filter { host in
            host.text.contains(".") && !RouteLookup.isHomeName(host.text)
                && !shelf.entries.contains { $0.origin == .file && $0.certificate.covers(host) }
        }
        .sorted()
    }

    /// Public names that want a certificate now.
    public func wantedCertificates() -> [HostPattern] {
        // Nothing is asked for before HAProxy could answer.
        guard running != nil, failure == nil, shelfSignature != nil else { return [] }
        let now = clocks.wall()
        let hosts = publicHosts
        acmeProblems = acmeProblems.filter { hosts.contains($0.key) }
        return hosts.filter { host in
            let issued = shelf.entries.first { $0.origin == .acme && $0.certificate.names.contains(host.text) }
            return issued?.certificate.isDue(now: now) ?? true
        }
    }

    /// Presents a certificate that was issued, and keeps it.
    ///
    /// - Throws: ``GatewayError``
    public func install(_ pem: String, for host: HostPattern) async throws(GatewayError) {
        let name = host.isWildcard ? "any\(host.text.dropFirst())" : host.text
        let path = "\(settings.paths.issued)/\(name).pem"
        do throws(HostCertificate.Fault) {
            let certificate = try HostCertificate(chain: pem, key: pem)
            guard certificate.covers(host) else { throw HostCertificate.Fault(reason: "it is not for '\(host)'") }
            if let fault = certificate.fault(now: clocks.wall()) { throw HostCertificate.Fault(reason: fault) }
        } catch {
            throw .certificate(path: path, reason: error.reason)
        }
        try AtomicFile.makeFolder(settings.paths.issued)
        try AtomicFile.write(pem, to: path)
        await reconcile()
    }

    /// - Parameter problem: in one sentence; nil when it is well.
    public func report(_ problem: String?, hint: String?, for host: HostPattern) {
        acmeProblems[host] = problem.map { ($0, hint) }
    }

    /// Answers an authority's look at `/.well-known/acme-challenge/<token>`.
    ///
    /// - Parameters:
    ///   - token: one word.
    ///   - content: one word.
    /// - Throws: ``GatewayError``
    public func show(token: String, content: String) async throws(GatewayError) {
        let map = settings.paths.challenges
        // A reload in between reads the file.
        try AtomicFile.write((try AtomicFile.read(map) ?? "") + "\(token) \(content)\n", to: map)
        _ = try await runtime.run([.addEntry(map: map, key: token, value: content)])
    }

    public func withdraw(token: String) async {
        let map = settings.paths.challenges
        do throws(GatewayError) {
            let lines = (try AtomicFile.read(map) ?? "").split(separator: "\n").filter { !$0.hasPrefix("\(token) ") }
            try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: map)
            _ = try await runtime.run([.deleteEntry(map: map, key: token)])
        } catch {
            logger.warning("a proof is still shown", metadata: ["error": "\(error)"])
        }
    }

    // MARK: showing

    public func certificates() -> [CertificateStatus] {
        var all: [CertificateStatus] = []
        if let leaf = keeper.leaf() {
            all.append(
                CertificateStatus(names: leaf.names, origin: .device, issuer: leaf.issuer, expiresAt: leaf.ends)
            )
        }
        for entry in shelf.entries {
            let host = try? HostPattern(parsing: entry.certificate.names[0])
            all.append(
                CertificateStatus(
                    names: entry.certificate.names,
                    origin: entry.origin,
                    issuer: entry.certificate.issuer,
                    expiresAt: entry.certificate.ends,
                    problem: host.flatMap { acmeProblems[$0]?.problem }
                )
            )
        }
        all += shelf.faults
        for host in publicHosts where !all.contains(where: { $0.origin == .acme && $0.names.contains(host.text) }) {
            let problem = acmeProblems[host]?.problem ?? "it is being asked for"
            all.append(CertificateStatus(names: [host.text], origin: .acme, problem: problem))
        }
        return all
    }

    public func authority() throws -> AuthorityCertificate? {
        guard let (pem, fingerprint) = try keeper.root() else { return nil }
        let instructions = [
            "compare the fingerprint with the one that 'homie cert authority' shows on the device itself",
            "Debian, Ubuntu: copy it to /usr/local/share/ca-certificates/homie.crt and run update-ca-certificates",
            "Firefox: Settings, Privacy & Security, View Certificates, Authorities, Import",
            "macOS: open it in Keychain Access, add it to System, set it to Always Trust",
            "Windows: certutil -addstore Root homie.crt, as administrator",
            "iOS: open it, install the profile, then Settings, General, About, Certificate Trust Settings",
            "Android: Settings, Security, Encryption & credentials, Install a certificate, CA certificate",
        ]
        return AuthorityCertificate(certificate: pem, fingerprint: fingerprint, instructions: instructions)
    }

    /// For `homie doctor`.
    var certificateFindings: [Finding] {
        let faults = shelf.faults.map { Finding(check: "certificate", level: .error, message: $0.problem ?? "") }
        let problems = acmeProblems.sorted { $0.key < $1.key }.map { host, entry in
            Finding(check: "certificate", level: .warning, message: "\(host): \(entry.problem)", remedy: entry.hint)
        }
        return faults + problems
    }
}
