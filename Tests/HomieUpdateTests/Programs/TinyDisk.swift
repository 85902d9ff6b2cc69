import Foundation

/// A file system that is full soon.
final class TinyDisk {
    private let path: String

    init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("none", path, "tmpfs", 0, "size=1m") == 0 else { throw POSIXError(.EPERM) }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isPossible: Bool = {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("homie-tiny-\(UUID().uuidString)").path
        return (try? TinyDisk(at: path)) != nil
    }()

    /// Leaves no byte.
    func fill() throws {
        let name = path + "/filler"
        let file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { throw POSIXError(.EIO) }
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) > 0 {}
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }
}
