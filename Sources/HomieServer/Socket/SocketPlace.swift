import Glibc

/// The place of the API's socket in the file system: taken, filled and given up without ever being open to the wrong
/// people.
///
/// A lock file next to the socket keeps a second daemon out (the kernel drops it with the process). The socket is bound
/// in a folder only the owner may enter, gets its mode and group there, and is then renamed into place, which replaces a
/// stale socket in one step.
final class SocketPlace {
    /// `sun_path` has 108 bytes with its final zero; the folder needs some of them.
    static let longestPath = 107 - "/s".utf8.count - ".new".utf8.count

    let path: String
    private let mode: mode_t
    private let group: gid_t?
    private var lock: Int32?
    private var inode: UInt64?

    /// - Parameter group: the name of the socket's group; nil for the process's own.
    init(path: String, mode: UInt32, group: String?) throws(APIServerError) {
        guard path.utf8.count <= Self.longestPath else { throw .pathTooLong(path) }
        self.path = path
        self.mode = mode_t(mode)
        self.group = try group.map { (name) throws(APIServerError) in try Self.groupID(name) }
    }

    /// Where to bind.
    var bindingPath: String { folder + "/s" }
    private var folder: String { path + ".new" }

    private static func groupID(_ name: String) throws(APIServerError) -> gid_t {
        guard let entry = getgrnam(name) else { throw .noGroup(name) }
        return entry.pointee.gr_gid
    }

    /// Takes the lock and makes the folder to bind in.
    func prepare() throws(APIServerError) {
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !parent.isEmpty, mkdir(parent, 0o755) != 0, errno != EEXIST { throw failure("mkdir \(parent)") }
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open \(path).lock") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .socketInUse(path)
        }
        lock = descriptor
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
            if somebodyListens() { throw .socketInUse(path) }
        }
        // What a daemon that was killed left behind.
        unlink(bindingPath)
        rmdir(folder)
        guard mkdir(folder, 0o700) == 0 else { throw failure("mkdir \(folder)") }
    }

    /// Gives the bound socket its mode and group and moves it into place.
    func publish() throws(APIServerError) {
        guard chmod(bindingPath, mode) == 0 else { throw failure("chmod") }
        if let group, chown(bindingPath, uid_t.max, group) != 0 { throw failure("chown") }
        var status = stat()
        guard lstat(bindingPath, &status) == 0 else { throw failure("lstat") }
        guard rename(bindingPath, path) == 0 else { throw failure("rename") }
        inode = UInt64(status.st_ino)
        rmdir(folder)
    }

    /// Removes the socket, when it is still the one that was published, and drops the lock.
    func withdraw() {
        var status = stat()
        if let inode, lstat(path, &status) == 0, UInt64(status.st_ino) == inode { unlink(path) }
        inode = nil
        if let lock {
            unlink(bindingPath)
            rmdir(folder)
            close(lock)
        }
        lock = nil
    }

    /// True when a connection to the socket is accepted: then its daemon is alive, whoever it is.
    private func somebodyListens() -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private func failure(_ call: String) -> APIServerError {
        .cannotListen(path, underlying: SystemFailure(call: call, code: errno))
    }
}
