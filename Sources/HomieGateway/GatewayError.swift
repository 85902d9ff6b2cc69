internal import Glibc
public import HomieModel

/// What the gateway cannot do.
public enum GatewayError: UserFacingError {
    /// HAProxy cannot be run.
    case missing(underlying: any Error)
    /// `haproxy -c` refused a configuration: its last words.
    case refused(words: String)
    /// HAProxy did not start or reload: its last words.
    case notStarted(words: String)
    /// The runtime socket does not answer.
    case silent(path: String, underlying: any Error)
    /// The runtime socket answered something else than expected.
    case unexpected(command: String, answer: String)
    case file(path: String, underlying: any Error)
    case certificate(path: String, reason: String)
    /// A folder for keys that would be on a disk.
    case notInMemory(String)

    public var summary: String {
        switch self {
        case .missing: "the gateway's HAProxy cannot be run"
        case .refused: "HAProxy refused the gateway's configuration"
        case .notStarted: "HAProxy did not start"
        case .silent(let path, _): "HAProxy does not answer at \(path)"
        case .unexpected(let command, let answer): "HAProxy answered '\(command)' with '\(answer.prefix(200))'"
        case .file(let path, _): "the gateway's file \(path) cannot be read or written"
        case .certificate(let path, let reason): "the certificate \(path) cannot be used: \(reason)"
        case .notInMemory(let folder): "keys of services cannot be put into '\(folder)', for it is not in memory"
        }
    }

    public var hint: String? {
        switch self {
        case .missing: "apt-get install haproxy"
        case .refused(let words), .notStarted(let words): words.isEmpty ? nil : words
        case .silent: "homie doctor"
        case .unexpected: nil
        case .file: "check the disk, and that homied may write there"
        case .notInMemory: "name a folder on a tmpfs with 'tls-directory', e.g. /run/homie/tls"
        case .certificate: "put a PEM file with the certificate, its chain and its key there"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .missing, .silent: .unreachable
        case .notInMemory: .refused
        case .refused, .notStarted, .unexpected, .file, .certificate: .failed
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .missing(let error), .silent(_, let error), .file(_, let error): error
        case .refused, .notStarted, .unexpected, .certificate, .notInMemory: nil
        }
    }
}

/// An error number of the C library.
struct Errno: Error, CustomStringConvertible, Equatable {
    let code: Int32
    var description: String { String(cString: strerror(code)) }
}
