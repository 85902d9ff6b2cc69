public import HomieModel

/// What keeps a file from being fetched.
public enum TransferError: UserFacingError, Equatable {
    case badAddress(String)
    /// No connection, or none that lasts; `reason` is libcurl's.
    case unreachable(url: String, reason: String)
    case untrustedServer(url: String, reason: String)
    case stalled(url: String, after: Duration)
    /// The server says no.
    case status(url: String, Int)
    case wrongSize(url: String, expected: ByteCount, found: ByteCount)
    case wrongDigest(url: String, expected: ContentDigest, found: ContentDigest)
    case tooLarge(url: String, limit: ByteCount)
    case noSpace(path: String, needed: ByteCount, free: ByteCount)
    case file(path: String, code: Int32)
    case library(String)

    public var summary: String {
        switch self {
        case .badAddress(let url): "'\(url)' is not an http or https address"
        case .unreachable(let url, let reason): "cannot fetch '\(url)' (\(reason))"
        case .untrustedServer(let url, let reason): "the server of '\(url)' cannot show who it is (\(reason))"
        case .stalled(let url, let limit): "nothing came from '\(url)' for \(limit.components.seconds) s"
        case .status(let url, let code): "the server answered \(code) for '\(url)'"
        case .wrongSize(let url, let expected, let found):
            "'\(url)' has \(found.bytes) bytes instead of \(expected.bytes)"
        case .wrongDigest(let url, let expected, _): "'\(url)' is not the file with the digest \(expected)"
        case .tooLarge(let url, let limit): "'\(url)' is larger than \(limit.bytes) bytes"
        case .noSpace(let path, let needed, let free):
            "'\(path)' needs \(needed.bytes) bytes of space, and \(free.bytes) are free"
        case .file(let path, let code): "'\(path)' cannot be written (system error \(code))"
        case .library(let reason): "libcurl does not work (\(reason))"
        }
    }

    public var hint: String? {
        switch self {
        case .badAddress: "write e.g. https://updates.example.org/index.json"
        case .unreachable, .stalled: "check the network and the proxy; the download goes on where it stopped"
        case .untrustedServer: "check the device's clock, and the certificates it trusts"
        case .status(_, 401), .status(_, 403): "check the credentials for the update server"
        case .status(_, 404): "check the address; the file may have been withdrawn"
        case .status: "try again later"
        case .wrongSize, .wrongDigest: "the server's index and its files do not belong together: tell who runs it"
        case .tooLarge: nil
        case .noSpace: "free some space, then try again"
        case .file: "check that the file system can be written, and has space left"
        case .library: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .badAddress: .usage
        case .unreachable, .stalled: .unreachable
        case .status(_, 404), .status(_, 410): .notFound
        case .status(_, 401), .status(_, 403), .untrustedServer: .refused
        case .status, .wrongSize, .wrongDigest, .noSpace, .file, .library: .failed
        case .tooLarge: .tooLarge
        }
    }

    /// Whether the next try may bring what this one did not.
    var isPassing: Bool {
        switch self {
        case .unreachable, .stalled: true
        case .status(_, let code): code == 408 || code == 425 || code == 429 || code >= 500
        case .badAddress, .untrustedServer, .wrongSize, .wrongDigest, .tooLarge, .noSpace, .file, .library: false
        }
    }
}
