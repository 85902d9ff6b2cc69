internal import FoundationEssentials
internal import Glibc
public import HomieModel
public import HomieSupervisor

/// Issues certificates of services and keeps them in directories that their containers see, in memory only.
///
/// ```
/// <folder>/shop/web/..1764150000-1/{cert.pem,key.pem,ca.pem}
/// <folder>/shop/web/..data -> ..1764150000-1        changed by one rename: a reader sees all old files or all new ones
/// <folder>/shop/web/cert.pem -> ..data/cert.pem     and so key.pem, ca.pem
/// ```
///
/// Nobody on the host but our account and root gets through `<folder>` (mode 0700). The files themselves can be read by every
/// account of the container that they are mounted into, whichever that is: homied may not give files away.
public actor ServiceCertificateShelf: ServiceCertificates {
    private let keeper: CertificateKeeper
    private let folder: String
    private let wall: @Sendable () -> Timestamp
    private var count = 0
    /// When a directory was asked for last: who sweeps may not have heard of its service yet.
    private var asked: [String: Timestamp] = [:]

    /// - Parameters:
    ///   - settings: where the device's authority is, and what the device is called.
    ///   - folder: an absolute path on a tmpfs.
    public init(settings: GatewaySettings, folder: String, wall: @escaping @Sendable () -> Timestamp) {
        keeper = CertificateKeeper(settings: settings)
        self.folder = folder
        self.wall = wall
    }

    public nonisolated func directory(of service: ServiceName, in stack: StackName) -> String {
        "\(folder)/\(stack)/\(service)"
    }

    /// - Throws: ``GatewayError``
    public func provide(_ request: CertificateRequest) async throws -> ProvidedCertificate {
        try makeFolder()
        let directory = directory(of: request.service, in: request.stack)
        let isThere = FileManager.default.fileExists(atPath: directory)
        let now = wall()
        asked[directory] = now
        let authority = try keeper.authority(now: now)
        let present = FileManager.default.contents(atPath: directory + "/..data/cert.pem")
            .map { String(decoding: $0, as: UTF8.self) }
        if let present, authority.isGood(present, for: request.names, now: now),
            FileManager.default.fileExists(atPath: directory + "/..data/key.pem"),
            let validity = CertificateAuthority.validity(present)
        {
            return ProvidedCertificate(
                isNew: false,
                hasNewDirectory: false,
                expiresAt: validity.end,
                dueAt: validity.due
            )
        }
        do {
            let leaf = try authority.leaf(for: request.names, now: now, life: request.lifetime, isClient: true)
            let files = ["cert.pem": leaf.certificate, "key.pem": leaf.key, "ca.pem": try authority.rootText()]
            try put(files, into: directory, now: now)
            guard let validity = CertificateAuthority.validity(leaf.certificate) else { throw AuthorityMismatch() }
            return ProvidedCertificate(
                isNew: true,
                hasNewDirectory: !isThere,
                expiresAt: validity.end,
                dueAt: validity.due
            )
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError.certificate(path: directory, reason: "\(error)")
        }
    }

    /// - Throws: ``GatewayError``
    public func keep(only services: [(stack: StackName, service: ServiceName)]) async throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        let kept = Dictionary(grouping: services) { $0.stack.text }.mapValues { Set($0.map { $0.service.text }) }
        for stack in try names(in: folder) {
            for service in try names(in: "\(folder)/\(stack)") where kept[stack]?.contains(service) != true {
                let isYoung = asked["\(folder)/\(stack)/\(service)"].map { (wall() - $0).seconds < 60 } ?? false
                guard !isYoung else { continue }
                try remove("\(folder)/\(stack)/\(service)")
            }
            if try names(in: "\(folder)/\(stack)").isEmpty { try remove("\(folder)/\(stack)") }
        }
    }

    // MARK: files

    /// - Throws: ``GatewayError/notInMemory(_:)`` when keys would come to lie on a disk.
    private func makeFolder() throws(GatewayError) {
        try AtomicFile.makeFolder(folder)
        guard MountTable.isInMemory(folder) else { throw .notInMemory(folder) }
    }

    private func put(_ files: [String: String], into directory: String, now: Timestamp) throws(GatewayError) {
        count += 1
        let version = "..\(now.nanoseconds / 1_000_000_000)-\(getpid())-\(count)"
        let target = "\(directory)/\(version)"
        do {
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        } catch {
            throw .file(path: target, underlying: error)
        }
        // Whatever our mask is: the accounts of containers are not ours.
        let stack = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
        for path in [stack, directory, target] {
            guard chmod(path, 0o755) == 0 else { throw .file(path: path, underlying: Errno(code: errno)) }
        }
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            let path = "\(target)/\(name)"
            try AtomicFile.write(text, to: path)
            guard chmod(path, 0o444) == 0 else { throw .file(path: path, underlying: Errno(code: errno)) }
        }
        try link(version, as: "\(directory)/..data")
        for name in files.keys.sorted() { try link("..data/\(name)", as: "\(directory)/\(name)") }
        for old in try names(in: directory, hidden: true) where old != version && old != "..data" {
            try remove("\(directory)/\(old)")
        }
    }

    /// A symbolic link that takes the place of the one before at once.
    private func link(_ target: String, as path: String) throws(GatewayError) {
        let temporary = path + ".tmp"
        unlink(temporary)
        guard symlink(target, temporary) == 0, rename(temporary, path) == 0 else {
            throw .file(path: path, underlying: Errno(code: errno))
        }
    }

    private func names(in directory: String, hidden: Bool = false) throws(GatewayError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasPrefix("..") == hidden }.sorted()
        } catch {
            throw .file(path: directory, underlying: error)
        }
    }

    private func remove(_ path: String) throws(GatewayError) {
        do { try FileManager.default.removeItem(atPath: path) } catch { throw .file(path: path, underlying: error) }
    }
}
