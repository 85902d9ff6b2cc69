#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The files of this machine.
public struct HostFiles: Sendable {
    /// Compose files and what they name are small; what is larger is something else.
    private static let limit = 64 << 20

    public init() {}

    /// - Returns: nil when there is no such file.
    /// - Throws: ``FileFault``
    public func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileFault(code: errno)
        }
        defer { close(descriptor) }
        var facts = stat()
        let size = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(max(size + 1, 4096), 1 << 20))
        while content.count <= Self.limit {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, &buffer, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, &buffer, buffer.count)
            #else
                let count = Darwin.read(descriptor, &buffer, buffer.count)
            #endif
            if count > 0 {
                content += buffer[..<count]
            } else if count == 0 {
                return content
            } else if errno != EINTR {
                throw FileFault(code: errno)
            }
        }
        throw FileFault(code: EFBIG)
    }

    public func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    public func isFile(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT != S_IFDIR
    }
}

/// What the system said when it would not give a file.
public struct FileFault: Error, Equatable, CustomStringConvertible {
    /// An errno value.
    public let code: Int32

    public init(code: Int32) { self.code = code }

    public var description: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
