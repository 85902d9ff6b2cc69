import HomieModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds the file systems below given folders.
enum DiskFinder {
    /// One reading for each file system that a place lies on.
    static func disks(mounts text: KernelText?, places: [(use: String, path: String?)]) -> [DiskReading] {
        let points = (text?.rows ?? []).compactMap { $0.count > 4 ? String($0[4]) : nil }
        var found: [String: DiskReading] = [:]
        for (use, path) in places {
            guard let path = path.flatMap(existing) else { continue }
            let point =
                points.filter { path == $0 || path.hasPrefix($0 == "/" ? "/" : $0 + "/") }
                .max { $0.utf8.count < $1.utf8.count } ?? "/"
            if found[point] != nil {
                found[point]?.uses.append(use)
                continue
            }
            var status = statvfs()
            guard statvfs(path, &status) == 0, status.f_blocks > 0 else { continue }
            found[point] = reading(of: point, use: use, status)
        }
        return found.values.sorted { $0.mountPoint < $1.mountPoint }
    }

    /// What `statvfs` says of one file system (statvfs(3)).
    static func reading(of point: String, use: String, _ status: statvfs) -> DiskReading {
        func bytes(_ blocks: UInt) -> ByteCount {
            let (product, isTooLarge) = blocks.multipliedReportingOverflow(by: status.f_frsize)
            return ByteCount(bytes: isTooLarge ? .max : Int64(clamping: product))
        }
        // Where nothing limits their number, Btrfs tells of none, and EROFS of 2^64 - 1.
        let inodes = Int64(exactly: status.f_files) ?? 0
        return DiskReading(
            mountPoint: point,
            uses: [use],
            size: bytes(status.f_blocks),
            available: bytes(status.f_bavail),
            inodes: inodes,
            freeInodes: inodes == 0 ? 0 : Int64(clamping: status.f_ffree),
            isReadOnly: status.f_flag & UInt(ST_RDONLY) != 0
        )
    }

    /// The path itself or the nearest folder above it that is there.
    private static func existing(_ path: String) -> String? {
        var path = path
        while access(path, F_OK) != 0 {
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
            path = String(path[..<slash])
        }
        return path
    }

    /// The whole disk below a folder: `mmcblk0` for a file system on `mmcblk0p2`; nil for what is on none.
    static func device(of path: String, sys: String) -> String? {
        var status = stat()
        guard let path = existing(path), stat(path, &status) == 0 else { return nil }
        // As <sys/sysmacros.h> takes it apart.
        let number = UInt64(status.st_dev)
        let major = number >> 8 & 0xFFF | number >> 32 & ~0xFFF
        let minor = number & 0xFF | number >> 12 & ~0xFF
        guard let link = KernelFile.link("\(sys)/dev/block/\(major):\(minor)") else { return nil }
        let parts = link.split(separator: "/")
        guard let block = parts.firstIndex(of: "block"), parts.count > block + 1 else {
            return parts.last.map(String.init)
        }
        return String(parts[block + 1])
    }
}
