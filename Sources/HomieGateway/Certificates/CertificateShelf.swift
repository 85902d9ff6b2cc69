internal import FoundationEssentials
internal import Glibc
internal import HomieModel

/// The certificates of single names that there are: files of the owner's, and those that were issued.
struct CertificateShelf: Sendable {
    let settings: GatewaySettings

    struct Entry: Sendable, Hashable {
        var origin: CertificateStatus.Origin
        /// What it is called: the file's name without its ending.
        var name: String
        var certificate: HostCertificate
    }

    struct Content: Sendable, Hashable {
        /// Those that may be presented, the owner's first.
        var entries: [Entry] = []
        var faults: [CertificateStatus] = []
    }

    private var folders: [(String, CertificateStatus.Origin)] {
        var folders: [(String, CertificateStatus.Origin)] = []
        if let folder = settings.certificateFolder { folders.append((folder, .file)) }
        if settings.usesACME { folders.append((settings.paths.issued, .acme)) }
        return folders
    }

    /// What tells one state of the folders from another, without reading a file.
    func signature() -> [String] {
        folders.flatMap { folder, _ in
            Self.files(in: folder).map { file in
                var facts = stat()
                guard stat("\(folder)/\(file)", &facts) == 0 else { return "\(folder)/\(file)" }
                let time = "\(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
                return "\(folder)/\(file) \(facts.st_size) \(time) \(facts.st_ino)"
            }
        }
    }

    func content(now: Timestamp) -> Content {
        var content = Content()
        for (folder, origin) in folders {
            for file in Self.files(in: folder) where file.hasSuffix(".pem") || file.hasSuffix(".crt") {
                take(file, of: folder, origin, now, &content)
            }
        }
        return content
    }

    private func take(
        _ file: String,
        of folder: String,
        _ origin: CertificateStatus.Origin,
        _ now: Timestamp,
        _ content: inout Content
    ) {
        let name = String(file.dropLast(4))
        do throws(HostCertificate.Fault) {
            let chain = try text("\(folder)/\(file)")
            let key = file.hasSuffix(".crt") ? try text("\(folder)/\(name).key") : chain
            let certificate = try HostCertificate(chain: chain, key: key)
            if let fault = certificate.fault(now: now) { throw HostCertificate.Fault(reason: fault) }
            // What the owner put there counts, whatever was issued for the same names.
            let names = Set(certificate.names)
            let isTaken = content.entries.contains { names.isSubset(of: $0.certificate.names) }
            if !isTaken { content.entries.append(Entry(origin: origin, name: name, certificate: certificate)) }
        } catch {
            let problem = "the certificate \(folder)/\(file) cannot be used: \(error.reason)"
            content.faults.append(CertificateStatus(names: [name], origin: origin, problem: problem))
        }
    }

    private func text(_ path: String) throws(HostCertificate.Fault) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw HostCertificate.Fault(reason: "\(path) cannot be read")
        }
        guard data.count <= 1 << 20 else { throw HostCertificate.Fault(reason: "\(path) is larger than 1 MiB") }
        return String(decoding: data, as: UTF8.self)
    }

    private static func files(in folder: String) -> [String] {
        // A folder that is not there has nothing in it.
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}
