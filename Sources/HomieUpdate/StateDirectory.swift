internal import FoundationEssentials
public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The updater's files below one directory.
public struct StateDirectory: Sendable, Hashable {
    public let path: String

    public init(path: String) { self.path = path }

    public var lockFile: String { path + "/install.lock" }
    public var bundles: String { path + "/bundles" }
    public var index: String { path + "/index.signed" }
    private var stateFile: String { path + "/state.json" }
    /// Room that is kept for the state, and given up when the disk is full.
    private var spare: String { path + "/state.spare" }
    /// The most that it takes, and what is made do with.
    private static let spareSizes = [1 << 20, 1 << 18, 1 << 16]

    /// Makes what is missing.
    ///
    /// - Throws: ``UpdateError/state(path:reason:)``.
    public func prepare() throws(UpdateError) {
        do {
            try FileManager.default.createDirectory(atPath: bundles, withIntermediateDirectories: true)
        } catch {
            throw .state(path: path, reason: "it cannot be made")
        }
    }

    /// The state as it was last written. One that cannot be read is put aside, never overwritten.
    ///
    /// - Throws: ``UpdateError/state(path:reason:)``.
    public func load() throws(UpdateError) -> UpdateState {
        guard FileManager.default.fileExists(atPath: stateFile) else { return UpdateState() }
        guard let data = FileManager.default.contents(atPath: stateFile) else {
            throw .state(path: stateFile, reason: "it cannot be read")
        }
        if let state = try? JSONDecoder().decode(UpdateState.self, from: data) { return state }
        let aside = stateFile + ".unreadable"
        guard rename(stateFile, aside) == 0 else { throw .state(path: stateFile, reason: "it cannot be understood") }
        return UpdateState()
    }

    /// Writes the state: after a power cut there is the old one or the new one. On a full disk it takes the room that was kept for it.
    ///
    /// - Throws: ``UpdateError/state(path:reason:)``.
    public func save(_ state: UpdateState) throws(UpdateError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(state) else {
            throw .state(path: stateFile, reason: "it cannot be encoded")
        }
        do {
            try replace(with: data)
        } catch {
            guard unlink(spare) == 0 else { throw error }
            try replace(with: data)
        }
        keepSpare()
    }

    private func replace(with data: Data) throws(UpdateError) {
        let temporary = stateFile + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .state(path: temporary, reason: "it cannot be written") }
        let isWritten = data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return fsync(descriptor) == 0
        }
        close(descriptor)
        guard isWritten, rename(temporary, stateFile) == 0 else {
            unlink(temporary)
            throw .state(path: stateFile, reason: "it cannot be written")
        }
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .state(path: path, reason: "it cannot be opened") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .state(path: path, reason: "it cannot be written") }
    }

    /// As much as there is: with less, or nothing, only a full disk is worse.
    private func keepSpare() {
        var status = stat()
        if stat(spare, &status) == 0, status.st_size >= Self.spareSizes[0] { return }
        unlink(spare)
        let descriptor = open(spare, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        for size in Self.spareSizes where posix_fallocate(descriptor, 0, size) == 0 { return }
        unlink(spare)
    }

    /// The locks that services hold: each is a file named after its holder with `/` as `:`, its text the reason.
    ///
    /// - Throws: ``UpdateError/state(path:reason:)`` when the directory is there and cannot be read.
    public static func locks(in directory: String) throws(UpdateError) -> [UpdateLock] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw .state(path: directory, reason: "it cannot be read")
        }
        return names.filter { !$0.hasPrefix(".") }.sorted().map { name in
            let data = FileManager.default.contents(atPath: directory + "/" + name) ?? Data()
            let reason = String(decoding: data.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first
            let holder = name.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "/")
            return UpdateLock(holder: holder, reason: reason.map(String.init))
        }
    }

    /// The versions whose whole bundle is here; what was begun has another name.
    public var keptBundles: Set<SystemVersion> {
        let ending = ".raucb"
        // Where it cannot be looked at there is none.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: bundles)) ?? []
        return Set(
            names.filter { $0.hasSuffix(ending) }.compactMap {
                try? SystemVersion(parsing: String($0.dropLast(ending.count)))
            }
        )
    }

    /// Removes downloaded bundles but for one, and what was begun for others or cut off in the middle.
    public func removeBundles(except name: String?) {
        remove { file in name.map { !file.hasPrefix($0) } ?? true }
    }

    /// Removes a delta, and what was begun of it.
    public func removeDelta(named name: String) { remove { $0.hasPrefix(name) } }

    private func remove(_ isMeant: (String) -> Bool) {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: bundles)) ?? [] where isMeant(file) {
            // One that stays costs space, and goes the next time.
            try? FileManager.default.removeItem(atPath: bundles + "/" + file)
        }
    }
}
