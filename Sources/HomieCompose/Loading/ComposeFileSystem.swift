/// What the loader needs of a file system. Paths are absolute.
public protocol ComposeFileSystem: Sendable {
    /// The content of a file; nil when there is none.
    ///
    /// - Throws: when it is there and cannot be read.
    func read(_ path: String) throws -> [UInt8]?

    /// True when a directory of that path is there.
    func isDirectory(_ path: String) -> Bool
}
