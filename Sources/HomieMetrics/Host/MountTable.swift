#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The mounts worth showing, read anew only when the kernel says that some changed (proc_pid_mounts(5)): with fifty containers it
/// is the longest text of all.
final class MountTable {
    private let path: String
    private var file: KernelFile?
    private var known: [FilesystemReader.Mount]?

    init(path: String) { self.path = path }

    /// As of now; empty when they cannot be read.
    func current() -> [FilesystemReader.Mount] {
        if file == nil { file = KernelFile(path) }
        // Asked before it is read: what changes meanwhile is seen the next time.
        let mayBeOld = file?.hasChanged ?? true
        if let known, !mayBeOld { return known }
        guard let text = file?.read() else {
            (file, known) = (nil, nil)
            return []
        }
        let mounts = FilesystemReader.mounts(text)
        known = mounts
        return mounts
    }
}
