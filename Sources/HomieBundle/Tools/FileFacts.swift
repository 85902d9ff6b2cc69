#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What the file system says about a file.
enum FileFacts {
    /// Bytes in a regular file.
    ///
    /// - Throws: ``BundleError/file(path:reason:)``.
    static func size(of path: String) throws(BundleError) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            switch code {
            case ENOENT, ENOTDIR: throw .file(path: path, reason: "there is no such file")
            case EACCES, EPERM: throw .file(path: path, reason: "this program may not look there")
            default: throw .file(path: path, reason: "the system says error \(code)")
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .file(path: path, reason: "it is not a file") }
        return Int64(status.st_size)
    }
}
