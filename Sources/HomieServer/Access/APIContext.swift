import Glibc
import Hummingbird
import NIOCore

/// Where a request came in.
enum Door: Sendable, Hashable {
    /// The Unix socket, whose group is trusted with everything.
    case socket
    /// The socket that only the gateway opens: everybody behind it must say who they are.
    case gateway
}

/// What is known of a request besides the request: the connection it came over.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Account and process at the other end of the Unix socket, as the kernel says (SO_PEERCRED, unix(7)).
    func peer() async throws -> (account: UInt32, process: Int32) {
        guard let socket = channel as? any SocketOptionProvider else { return (.max, 0) }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        let peer: PeerIdentity = try await socket.unsafeGetSocketOption(level: .socket, name: option).get()
        return (peer.account, peer.process)
    }
}

/// `struct ucred` of socket(7), which the C library shows to nobody who has not defined _GNU_SOURCE.
private struct PeerIdentity {
    var process: Int32 = 0
    var account: UInt32 = 0
    var group: UInt32 = 0
}
