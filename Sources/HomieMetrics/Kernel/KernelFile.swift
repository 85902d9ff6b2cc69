#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file of `/proc`, `/sys` or a control group, read again and again through one descriptor.
final class KernelFile {
    private let descriptor: Int32

    /// Nil when it is not there or may not be read.
    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// What a file says that the kernel hands out in one piece, as those of control groups; nil when it is gone.
    func readAtOnce() -> KernelText? {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, count in
            repeat { got = pread(descriptor, buffer.baseAddress, Self.piece, 0) } while got < 0 && errno == EINTR
            count = max(0, got)
        }
        if got < 0 { return nil }
        return got < Self.piece ? KernelText(bytes) : read()
    }

    /// False when the kernel tells of changes of this file and has not told of one since this was asked last.
    var hasChanged: Bool {
        // Files that the kernel makes up have no size, and it never tells of those on a disk.
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size == 0 else { return true }
        var question = pollfd(fd: descriptor, events: Int16(POLLPRI), revents: 0)
        return poll(&question, 1, 0) != 0
    }

    private static let piece = 8192

    /// Everything it says now, up to 1 MiB; nil when it is gone.
    func read() -> KernelText? {
        var bytes: [UInt8] = []
        var size = Self.piece
        while true {
            var failed = false
            bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = 0
                // The kernel may hand out a table in parts.
                while count < size {
                    let got = pread(descriptor, buffer.baseAddress?.advanced(by: count), size - count, off_t(count))
                    if got < 0 && errno == EINTR { continue }
                    failed = got < 0
                    if got <= 0 { break }
                    count += got
                }
            }
            if failed { return nil }
            if bytes.count < size || size >= 1 << 20 { return KernelText(bytes) }
            size *= 8
        }
    }

    /// Reads a file once; nil when it is not there or may not be read.
    static func text(_ path: String) -> KernelText? { KernelFile(path)?.read() }

    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// How many entries a folder like `/proc/self/fd` has; since Linux 6.2 it says so itself (proc_pid_fd(5)).
    static func count(in folder: String) -> Int {
        var status = stat()
        // A folder on a disk has a size, too, and means another thing; its owner may write it.
        if stat(folder, &status) == 0, status.st_mode & 0o777 == 0o500, status.st_size > 0 {
            return Int(status.st_size)
        }
        return names(in: folder).count
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Where a symbolic link points; nil when it is none.
    static func link(_ path: String) -> String? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { max(0, readlink(path, $0, text.count)) } ?? 0
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
