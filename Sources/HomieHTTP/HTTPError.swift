public import HomieModel
internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What goes wrong between here and a peer behind a Unix socket.
public enum HTTPError: UserFacingError {
    /// There is no connection to be had. `code` is the system's error number, if it gave one.
    case unreachable(peer: String, socket: String, code: Int32?, underlying: any Error)
    /// The peer closed the connection before the answer was complete.
    case closed(peer: String)
    /// The peer took the connection, and has not answered in time.
    case silent(peer: String, after: Duration)
    case malformedRequest(target: String)
    case malformedResponse(peer: String, underlying: any Error)
    case bodyTooLarge(limit: Int)

    public var summary: String {
        switch self {
        case .unreachable(let peer, let socket, _, _): "cannot reach the \(peer) at \(socket)"
        case .closed(let peer): "the \(peer) closed the connection before its answer was complete"
        case .silent(let peer, let limit): "the \(peer) has not answered within \(limit.components.seconds) s"
        case .malformedRequest(let target): "'\(target.prefix(80))' cannot be sent as an HTTP request"
        case .malformedResponse(let peer, _): "the \(peer) did not answer in HTTP"
        case .bodyTooLarge(let limit): "the answer is longer than \(limit) bytes"
        }
    }

    public var hint: String? {
        guard case .unreachable(_, let socket, let code, _) = self else { return nil }
        switch code {
        case ENOENT: return "nothing is at \(socket): start the daemon, or name its socket"
        case ECONNREFUSED: return "nobody listens at \(socket): start the daemon"
        case EACCES, EPERM: return "you may not use \(socket): join the group that owns it"
        default: return "check that the daemon runs and listens at \(socket)"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .unreachable, .closed, .silent: .unreachable
        case .malformedRequest: .usage
        case .malformedResponse: .failed
        case .bodyTooLarge: .tooLarge
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .unreachable(_, _, _, let error): error
        case .malformedResponse(_, let error): error
        case .closed, .silent, .malformedRequest, .bodyTooLarge: nil
        }
    }
}
