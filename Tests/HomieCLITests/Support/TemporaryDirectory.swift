import FoundationEssentials

/// A directory that goes with its last owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/homie-cli-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path) stays: \(error)") }
    }

    /// Writes a file, making the directories it is in.
    @discardableResult
    func write(_ name: String, _ content: String) throws -> String {
        let file = path + "/" + name
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/" + folder, withIntermediateDirectories: true)
        guard FileManager.default.createFile(atPath: file, contents: Data(content.utf8)) else {
            throw CocoaError(.fileWriteUnknown)
        }
        return file
    }
}
