internal import FoundationEssentials
internal import HomieModel
internal import HomiePlanning

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What stages have made, by what they were made of.
struct StageCache: Sendable {
    /// How many results of each stage are kept.
    private static let kept = 4

    let directory: String

    /// A stage's key: the digest of its recipe and of the keys of the stages it needs.
    static func keys(_ plan: ImagePlan) throws -> [ImageStageName: String] {
        var keys: [ImageStageName: String] = [:]
        for stage in plan.stages {
            let needed = stage.needs.map { "\($0.rawValue) \(keys[$0] ?? "")" }
            let text = ([stage.recipe] + needed).joined(separator: "\n")
            keys[stage.name] = String(try FileSystem.digest(ofText: text).hex.prefix(32))
        }
        return keys
    }

    func path(_ stage: ImageStageName, key: String) -> String { "\(directory)/\(stage.rawValue)-\(key)" }

    func holds(_ stage: ImageStageName, key: String) -> Bool {
        FileManager.default.fileExists(atPath: path(stage, key: key))
    }

    /// Marks a result as used now.
    func touch(_ stage: ImageStageName, key: String) { utimes(path(stage, key: key), nil) }

    /// Names of results of a stage beyond those that are kept, the oldest first.
    func surplus(_ stage: ImageStageName) throws -> [String] {
        let names = try FileSystem.names(in: directory).filter { name in
            name.hasPrefix(stage.rawValue + "-") && !name.contains(".")
        }
        let ages = names.map { name -> (String, time_t) in
            var status = stat()
            _ = stat(directory + "/" + name, &status)
            return (directory + "/" + name, status.st_mtim.tv_sec)
        }
        return ages.sorted { $0.1 < $1.1 }.dropLast(Self.kept).map(\.0)
    }
}
