internal import FoundationEssentials
internal import HomieModel
internal import SwiftASN1
internal import X509

/// A certificate for names of services, with its chain and key.
struct HostCertificate: Sendable, Hashable {
    /// DNS names, in lower case.
    let names: [String]
    let issuer: String
    let begins: Timestamp
    let ends: Timestamp
    /// Chain and key, as HAProxy reads them.
    let pem: String

    /// - Parameters:
    ///   - chain: PEM, the leaf first.
    ///   - key: PEM; the same text when both are in one file.
    /// - Throws: ``Fault``
    init(chain: String, key: String) throws(Fault) {
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: chain)
        } catch {
            throw Fault(reason: "it is no PEM text")
        }
        let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
        guard let first = certificates.first, let leaf = try? Certificate(pemDocument: first) else {
            throw Fault(reason: "there is no certificate in it")
        }
        let keys = ((try? PEMDocument.parseMultiple(pemString: key)) ?? []).filter {
            $0.discriminator.hasSuffix("PRIVATE KEY")
        }
        guard let keyDocument = keys.first, let privateKey = try? Certificate.PrivateKey(pemDocument: keyDocument)
        else { throw Fault(reason: "there is no key in it that can be read") }
        guard privateKey.publicKey == leaf.publicKey else { throw Fault(reason: "the key is another certificate's") }
        let alternatives = try? leaf.extensions.subjectAlternativeNames
        let names = (alternatives ?? SubjectAlternativeNames([])).compactMap { name -> String? in
            guard case .dnsName(let text) = name else { return nil }
            return text.lowercased()
        }
        guard !names.isEmpty else { throw Fault(reason: "it is for no name") }
        self.names = names
        issuer = Self.words(leaf.issuer)
        begins = Timestamp(leaf.notValidBefore)
        ends = Timestamp(leaf.notValidAfter)
        let texts = certificates.map(\.pemString) + [keyDocument.pemString]
        pem = texts.joined(separator: "\n") + "\n"
    }

    /// Why it must not be presented; nil when it may.
    func fault(now: Timestamp) -> String? {
        if now >= ends { return "it has ended at \(ends.rfc3339)" }
        // A device's clock may be a little behind.
        if now + .seconds(3600) < begins { return "it begins at \(begins.rfc3339)" }
        return nil
    }

    /// True in the last third of its life.
    func isDue(now: Timestamp) -> Bool { (ends - now).nanoseconds < (ends - begins).nanoseconds / 3 }

    func covers(_ host: HostPattern) -> Bool {
        if names.contains(host.text) { return true }
        let parent = host.text.split(separator: ".").dropFirst().joined(separator: ".")
        return !host.isWildcard && names.contains("*.\(parent)")
    }

    /// The most telling part of a name.
    private static func words(_ name: DistinguishedName) -> String {
        let text = "\(name)"
        let parts = text.split(separator: ",")
        let found = parts.first { $0.hasPrefix("CN=") } ?? parts.first { $0.hasPrefix("O=") }
        return found.map { String($0.drop { $0 != "=" }.dropFirst()) } ?? text
    }

    /// One clause.
    struct Fault: Error, Hashable, CustomStringConvertible {
        var reason: String
        var description: String { reason }
    }
}
