internal import FoundationEssentials
public import HomieModel
public import HomiePlanning
internal import HomieProcess

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Takes the stages of a plan, but for those whose results are known.
public struct ImageBuilder: Sendable {
    /// Where a stage stands.
    public enum Progress: Sendable, Hashable {
        case cached, begun, done(seconds: Double), failed
    }

    private let cache: StageCache
    private let keepsFailures: Bool
    private let timeLimit: Duration

    /// - Parameters:
    ///   - cache: a directory; what is in it may be removed at any time.
    ///   - keepsFailures: leaves what a failed stage has made, to be looked at.
    ///   - timeLimit: for each program that is run.
    public init(cache: String, keepsFailures: Bool = false, timeLimit: Duration = .seconds(3 * 3600)) {
        self.cache = StageCache(directory: cache)
        self.keepsFailures = keepsFailures
        self.timeLimit = timeLimit
    }

    /// Which stages are known already.
    ///
    /// - Throws: ``ImageError``.
    public func known(_ plan: ImagePlan) throws -> Set<ImageStageName> {
        let keys = try StageCache.keys(plan)
        return Set(plan.stages.map(\.name).filter { cache.holds($0, key: keys[$0] ?? "") })
    }

    /// Builds what is not there.
    ///
    /// - Returns: where the outputs of each stage are.
    /// - Throws: ``ImageError``.
    public func build(
        _ plan: ImagePlan,
        epoch: Int64,
        report: @Sendable (ImageStageName, Progress) -> Void
    ) async throws -> [ImageStageName: String] {
        umask(0o022)
        try FileSystem.makeDirectory(cache.directory)
        let keys = try StageCache.keys(plan)
        var outputs: [ImageStageName: String] = [:]
        for stage in plan.stages {
            let key = keys[stage.name] ?? ""
            outputs[stage.name] = cache.path(stage.name, key: key)
            if cache.holds(stage.name, key: key) {
                cache.touch(stage.name, key: key)
                report(stage.name, .cached)
                continue
            }
            report(stage.name, .begun)
            let started = ContinuousClock.now
            do {
                try await make(stage, key: key, outputs: outputs, epoch: epoch)
            } catch {
                report(stage.name, .failed)
                throw error
            }
            let taken = (ContinuousClock.now - started).components
            report(stage.name, .done(seconds: Double(taken.seconds)))
            for path in try cache.surplus(stage.name) { try await remove(path) }
        }
        return outputs
    }

    private func make(
        _ stage: ImageStage,
        key: String,
        outputs: [ImageStageName: String],
        epoch: Int64
    ) async throws {
        let final = cache.path(stage.name, key: key)
        let work = final + ".\(getpid())"
        try await remove(work)
        try FileSystem.makeDirectory(work + "/out")
        try FileSystem.makeDirectory(work + "/scratch")
        var outputs = outputs
        outputs[stage.name] = work + "/out"
        let runner = StageRunner(
            stage: stage,
            outputs: outputs,
            scratch: work + "/scratch",
            epoch: epoch,
            timeLimit: timeLimit
        )
        do {
            try await runner.run()
        } catch {
            if !keepsFailures { try await remove(work) }
            throw error
        }
        if rename(work + "/out", final) != 0, errno != EEXIST, errno != ENOTEMPTY {
            throw ImageError.file(path: final, reason: "it cannot be put there")
        }
        try await remove(work)
    }

    /// Files in it may belong to accounts of a user namespace.
    private func remove(_ path: String) async throws {
        let words =
            (geteuid() == 0 ? [] : ["unshare", "--map-root-user", "--map-auto", "--"])
            + ["rm", "--recursive", "--force", "--", path]
        let process = ChildProcess(program: words[0], arguments: Array(words.dropFirst()), standardError: .kept)
        let result = try await process.run(timeLimit: timeLimit)
        guard result.exitCode == 0 else { throw ImageError.file(path: path, reason: "it cannot be removed") }
    }

    /// Puts a result where somebody wants it, holes and all.
    ///
    /// - Throws: ``ImageError``.
    public static func deliver(_ source: String, to target: String) async throws {
        let process = ChildProcess(
            program: "cp",
            arguments: ["--sparse=always", "--reflink=auto", "--", source, target + ".new"],
            standardError: .kept
        )
        let result = try await process.run(timeLimit: .seconds(3600))
        guard result.exitCode == 0, rename(target + ".new", target) == 0 else {
            throw ImageError.file(path: target, reason: "it cannot be written")
        }
    }

    /// Bytes in a file that was delivered.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func size(of path: String) throws(ImageError) -> ByteCount { try FileSystem.size(of: path) }

    /// Writes a document where somebody wants it.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func deliver(text: String, to target: String) throws(ImageError) {
        try FileSystem.write(text, to: target)
    }
}
