internal import HomieModel
internal import SwiftASN1
internal import X509

extension GatewayController {
    /// Has an authority's certificates where HAProxy reads them.
    ///
    /// - Throws: ``HostCertificate/Fault`` when they cannot be used.
    func keepTrusted(_ pem: String) throws(HostCertificate.Fault) {
        let path = settings.paths.authorities(of: UpstreamIdentity(authority: pem))
        guard !keptAuthorities.contains(path) else { return }
        do {
            let certificates = try PEMDocument.parseMultiple(pemString: pem)
            guard !certificates.isEmpty else { throw HostCertificate.Fault(reason: "there is no certificate in it") }
            for document in certificates { _ = try Certificate(pemDocument: document) }
            let text = certificates.map(\.pemString).joined(separator: "\n") + "\n"
            try AtomicFile.makeFolder(settings.paths.directory)
            try AtomicFile.makeFolder(settings.paths.trusted)
            try AtomicFile.write(text, to: path)
        } catch let fault as HostCertificate.Fault {
            throw fault
        } catch let error as GatewayError {
            throw HostCertificate.Fault(reason: error.summary)
        } catch {
            throw HostCertificate.Fault(reason: "it is no PEM text of certificates")
        }
        keptAuthorities.insert(path)
    }
}
