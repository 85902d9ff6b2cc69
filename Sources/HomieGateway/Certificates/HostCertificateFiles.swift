internal import Glibc
internal import HomieModel

/// The certificates of single names as HAProxy has them: their files, and the list of these.
struct HostCertificateFiles: Sendable {
    let paths: GatewayPaths

    /// A certificate and where it goes.
    struct File: Sendable, Hashable {
        var path: String
        var pem: String
    }

    struct Change: Sendable, Hashable {
        var added: [File] = []
        /// Those that have another content.
        var replaced: [File] = []
        /// Paths of those that go.
        var removed: [String] = []

        var isEmpty: Bool { added.isEmpty && replaced.isEmpty && removed.isEmpty }
    }

    /// - Throws: ``GatewayError``
    func change(to entries: [CertificateShelf.Entry]) throws(GatewayError) -> Change {
        try AtomicFile.makeFolder(paths.directory)
        try AtomicFile.makeFolder(paths.hosts)
        if try AtomicFile.read(paths.hostList) == nil { try AtomicFile.write("", to: paths.hostList) }
        var wanted: [String: String] = [:]
        for entry in entries { wanted[path(of: entry)] = entry.certificate.pem }
        var change = Change()
        let present = try listed()
        for (path, pem) in wanted.sorted(by: { $0.key < $1.key }) {
            if !present.contains(path) {
                change.added.append(File(path: path, pem: pem))
            } else if try AtomicFile.read(path) != pem {
                change.replaced.append(File(path: path, pem: pem))
            }
        }
        change.removed = present.filter { wanted[$0] == nil }.sorted()
        return change
    }

    /// Writes what the running process was given, or a new one is to begin with.
    ///
    /// - Throws: ``GatewayError``
    func write(_ change: Change) throws(GatewayError) {
        for file in change.added + change.replaced { try AtomicFile.write(file.pem, to: file.path) }
        let kept = Set(try listed()).union(change.added.map(\.path)).subtracting(change.removed)
        try AtomicFile.write(kept.sorted().map { $0 + "\n" }.joined(), to: paths.hostList)
        for path in change.removed { unlink(path) }
    }

    private func listed() throws(GatewayError) -> [String] {
        (try AtomicFile.read(paths.hostList) ?? "").split(separator: "\n").map(String.init)
    }

    /// Names may have anything in them, a path of HAProxy's list not.
    private func path(of entry: CertificateShelf.Entry) -> String {
        let name = entry.name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: String(UnicodeScalar(byte))
            default: "_" + String(byte, radix: 16)
            }
        }
        return "\(paths.hosts)/\(entry.origin.rawValue)-\(name.joined()).pem"
    }
}
