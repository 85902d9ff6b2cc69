internal import FoundationEssentials

/// Reads a file of the host that goes into a request, e.g. a seccomp profile.
struct FileReader: Sendable {
    var read: @Sendable (_ path: String) throws -> [UInt8]

    static let host = FileReader { path in
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw EngineError.cannotReadFile(path: path, underlying: error)
        }
    }
}
