internal import FoundationEssentials
public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What the running system says about itself.
public enum Surroundings {
    /// The version that runs.
    ///
    /// - Throws: ``UpdateError/unknownVersion(path:)``.
    public static func version(in file: String) throws(UpdateError) -> SystemVersion {
        guard let line = firstLine(of: file), let version = try? SystemVersion(parsing: line) else {
            throw .unknownVersion(path: file)
        }
        return version
    }

    /// The kernel's ID of this boot.
    public static var bootID: String { firstLine(of: "/proc/sys/kernel/random/boot_id") ?? "" }

    /// The boot name of the slot that runs, as the boot loader told the kernel; nil where it did not.
    public static var bootSlot: String? {
        guard let data = FileManager.default.contents(atPath: "/proc/cmdline") else { return nil }
        let label = "rauc.slot="
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .last { $0.hasPrefix(label) }.map { String($0.dropFirst(label.count)) }
    }

    /// Never changes on one device.
    public static var identity: String { firstLine(of: "/etc/machine-id") ?? firstLine(of: "/etc/hostname") ?? "" }

    /// Since the kernel started.
    public static var uptime: TimeSpan {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return TimeSpan(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// When the kernel started.
    public static var start: Timestamp { Timestamp(nanoseconds: now.nanoseconds - uptime.nanoseconds) }

    /// What local time is ahead of UTC at this moment.
    public static var offset: TimeSpan {
        var now = time(nil)
        var local = tm()
        localtime_r(&now, &local)
        return .seconds(Double(local.tm_gmtoff))
    }

    /// Free for everybody on the file system of `path`.
    public static func freeSpace(at path: String) -> ByteCount {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return ByteCount(bytes: 0) }
        return ByteCount(bytes: Int64(status.f_bavail) * Int64(status.f_frsize))
    }

    /// Bytes in a slot, which is a block device or a file; nil where it may not be looked at.
    public static func size(ofDevice path: String) -> ByteCount? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        return end < 0 ? nil : ByteCount(bytes: Int64(end))
    }

    private static func firstLine(of file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
    }
}
