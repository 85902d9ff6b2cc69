import Glibc

/// What tells this start of the device from others.
public enum BootID {
    /// 32 hexadecimal digits with dashes; nil where the kernel says none (random(4)).
    public static func current(_ path: String = "/proc/sys/kernel/random/boot_id") -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 36 else { return nil }
        return String(decoding: buffer[..<36], as: UTF8.self)
    }
}
