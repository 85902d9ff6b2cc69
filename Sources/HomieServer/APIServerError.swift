import Glibc
public import HomieModel

/// Why the API cannot be served.
public enum APIServerError: UserFacingError {
    case pathTooLong(String)
    /// Another daemon serves this socket.
    case socketInUse(String)
    /// Something that is not a socket is in its place.
    case notASocket(String)
    case noGroup(String)
    case cannotListen(String, underlying: any Error)

    public var summary: String {
        switch self {
        case .pathTooLong(let path): "the socket's path '\(path)' is longer than \(SocketPlace.longestPath) bytes"
        case .socketInUse(let path): "another daemon serves the socket '\(path)'"
        case .notASocket(let path): "'\(path)' is there already, and not a socket"
        case .noGroup(let name): "there is no group '\(name)' for the socket"
        case .cannotListen(let path, _): "the socket '\(path)' cannot be made"
        }
    }

    public var hint: String? {
        switch self {
        case .pathTooLong: "choose a shorter path, such as /run/homie/api.sock"
        case .socketInUse: "end the other homied, or give this one a socket of its own"
        case .notASocket: "move the file away, or choose another path"
        case .noGroup: "make the group with 'groupadd --system NAME', or choose another one"
        case .cannotListen: "check that the folder exists and belongs to the daemon's account"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .pathTooLong, .noGroup: .usage
        case .socketInUse, .notASocket: .conflict
        case .cannotListen: .failed
        }
    }

    public var underlying: (any Error)? {
        guard case .cannotListen(_, let error) = self else { return nil }
        return error
    }
}

/// An error number of the C library.
struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    var description: String { "\(call): \(String(cString: strerror(code)))" }
}
