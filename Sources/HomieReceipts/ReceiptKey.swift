public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a receipt is the answer to: this very program, these arguments, this directory, this environment.
///
/// The whole environment, since a Compose file may name any variable of it: what differs in one that does not matter costs
/// milliseconds, not a mistake.
public enum ReceiptKey {
    /// - Parameter program: the file that does the whole way; another file, another receipt.
    /// - Returns: nil when there is no such file.
    public static func of(
        _ arguments: [String],
        workingDirectory: String,
        environment: [String: String],
        program: String
    ) -> ContentDigest? {
        var facts = stat()
        guard stat(program, &facts) == 0 else { return nil }
        var parts = ["\(HomieRelease.version) \(facts.st_dev) \(facts.st_ino) \(facts.st_size)"]
        parts.append("\(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)")
        parts.append(workingDirectory)
        parts.append("\(arguments.count)")
        parts += arguments
        parts += environment.map { "\($0.key)=\($0.value)" }.sorted()
        return ContentDigest(of: Array(parts.joined(separator: "\0").utf8))
    }
}
