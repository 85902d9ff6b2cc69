#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Sizes of the file systems on local storage.
///
/// Those that others serve (NFS, CIFS, FUSE) are left out: asking for their size can hang for ever.
enum FilesystemReader {
    private static let local: Set<String> = [
        "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "ntfs3", "overlay", "squashfs", "erofs",
        "tmpfs", "vfat", "xfs", "zfs",
    ]

    struct Mount: Hashable {
        var device: String
        var point: String
        var type: String
    }

    static func families(_ mounts: [Mount]) -> [MetricFamily] {
        var size = MetricFamily("node_filesystem_size_bytes", .gauge, "Filesystem size in bytes.")
        var free = MetricFamily("node_filesystem_free_bytes", .gauge, "Filesystem free space in bytes.")
        var available = MetricFamily(
            "node_filesystem_avail_bytes",
            .gauge,
            "Filesystem space available to non-root users in bytes."
        )
        var files = MetricFamily("node_filesystem_files", .gauge, "Filesystem total file nodes.")
        var filesFree = MetricFamily("node_filesystem_files_free", .gauge, "Filesystem total free file nodes.")
        var readOnly = MetricFamily("node_filesystem_readonly", .gauge, "Filesystem read-only status.")
        for mount in mounts {
            var status = statvfs()
            guard statvfs(mount.point, &status) == 0, status.f_blocks > 0 else { continue }
            let labels: [MetricFamily.Label] = [
                .init("device", mount.device), .init("fstype", mount.type), .init("mountpoint", mount.point),
            ]
            let block = Double(status.f_frsize)
            size.add(Double(status.f_blocks) * block, labels)
            free.add(Double(status.f_bfree) * block, labels)
            available.add(Double(status.f_bavail) * block, labels)
            files.add(Double(status.f_files), labels)
            filesFree.add(Double(status.f_ffree), labels)
            readOnly.add(status.f_flag & UInt(ST_RDONLY) == 0 ? 0 : 1, labels)
        }
        return [size, free, available, files, filesFree, readOnly].filter { !$0.samples.isEmpty }
    }

    /// The mounts worth showing of `/proc/self/mountinfo` (proc_pid_mountinfo(5)); the last one on a point counts.
    static func mounts(_ text: KernelText) -> [Mount] {
        var found: [String: Mount] = [:]
        for row in text.rows {
            guard let dash = row.firstIndex(of: "-"), row.count > dash + 2, row.count > 4 else { continue }
            let point = unescaped(row[4])
            let mount = Mount(device: unescaped(row[dash + 2]), point: point, type: String(row[dash + 1]))
            found[point] = local.contains(mount.type) && !isHidden(point) ? mount : nil
        }
        return found.values.sorted { $0.point < $1.point }
    }

    private static func isHidden(_ point: String) -> Bool {
        [
            "/dev", "/proc", "/sys", "/run/credentials", "/run/docker", "/run/user", "/var/lib/docker/",
            "/var/lib/containerd/",
        ]
        .contains { point == $0 || point.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") } || isOfContainer(point)
    }

    /// A container's root or shared memory, wherever the engine keeps its data.
    private static func isOfContainer(_ point: String) -> Bool {
        point.hasSuffix("/merged") && point.contains("/overlay2/")
            || point.hasSuffix("/mounts/shm") && point.contains("/containers/")
    }

    /// `\040` is a blank.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x5C, rest.count >= 3, rest.prefix(3).allSatisfy({ (0x30...0x37).contains($0) }) {
                bytes.append(rest.prefix(3).reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
