internal import FoundationEssentials
internal import Glibc

/// What the kernel says of mounted file systems (proc_pid_mountinfo(5)).
enum MountTable {
    /// True for a path whose files are in memory and nowhere else.
    static func isInMemory(_ path: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/self/mountinfo"),
            let resolved = realpath(path, nil)
        else { return false }
        defer { free(resolved) }
        let kind = fileSystem(of: String(cString: resolved), in: String(decoding: data, as: UTF8.self))
        return kind == "tmpfs" || kind == "ramfs"
    }

    /// The type of the last file system mounted at the longest prefix of `path`.
    static func fileSystem(of path: String, in table: String) -> String? {
        var best: (length: Int, kind: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let point = String(fields[4])
            guard point == "/" || path == point || path.hasPrefix(point + "/") else { continue }
            if point.utf8.count >= best?.length ?? 0 { best = (point.utf8.count, String(fields[dash + 1])) }
        }
        return best?.kind
    }
}
