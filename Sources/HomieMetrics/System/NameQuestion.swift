internal import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The simplest question a name server can be asked: where the root is (RFC 1035, section 4).
enum NameQuestion {
    /// Id 0x4d48, recursion wanted, one question: `.`, type NS, class IN.
    private static let question: [UInt8] = [0x4D, 0x48, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]

    /// Whether a server answers within two seconds; any answer shows that it is there.
    static func ask(_ server: String) async -> Bool {
        await withCheckedContinuation { continuation in
            // A thread of its own for two seconds at most: the call blocks.
            DispatchQueue(label: "homie.dns").async { continuation.resume(returning: askNow(server)) }
        }
    }

    private static func askNow(_ server: String) -> Bool {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(server, "53", &hints, &list) == 0, let address = list?.pointee else { return false }
        defer { freeaddrinfo(list) }
        let socket = socket(address.ai_family, Int32(SOCK_DGRAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(socket, address.ai_addr, address.ai_addrlen) == 0,
            send(socket, question, question.count, 0) == question.count
        else { return false }
        var answer = [UInt8](repeating: 0, count: 512)
        let count = recv(socket, &answer, answer.count, 0)
        return count >= 12 && answer[0] == question[0] && answer[1] == question[1]
    }
}
