internal import Dispatch
internal import Glibc
internal import HomieModel

/// Finds the IP addresses of names, and remembers them for a while: HAProxy is told addresses only.
actor NameResolver {
    struct Failure: Error, Sendable, CustomStringConvertible {
        var description: String
    }

    private struct Known {
        var address: String
        var at: TimeSpan
    }

    /// How long an answer is good.
    private static let life = TimeSpan.seconds(30)
    private var known: [String: Known] = [:]

    /// An address of a name; the last one known while no name server answers.
    func address(of name: String, now: TimeSpan) async -> Result<String, Failure> {
        if let found = known[name], now.nanoseconds - found.at.nanoseconds < Self.life.nanoseconds {
            return .success(found.address)
        }
        let result = await Self.look(up: name)
        switch result {
        case .success(let address):
            known[name] = Known(address: address, at: now)
            return result
        case .failure: return known[name].map { .success($0.address) } ?? result
        }
    }

    private static func look(up name: String) async -> Result<String, Failure> {
        await withCheckedContinuation { continuation in
            // It waits for name servers.
            DispatchQueue.global().async { continuation.resume(returning: lookUp(name)) }
        }
    }

    private static func lookUp(_ name: String) -> Result<String, Failure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        var code = getaddrinfo(name, nil, &hints, &found)
        if code != 0 {
            // Without a network but loopback there is no configured address.
            hints.ai_flags = 0
            code = getaddrinfo(name, nil, &hints, &found)
        }
        guard code == 0, var first = found else {
            return .failure(Failure(description: "'\(name)' has no address: \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(found) }
        // Of a home's hosts not all are reached over IPv6 that have an address of it.
        while first.pointee.ai_family != AF_INET, let next = first.pointee.ai_next { first = next }
        var buffer = [CChar](repeating: 0, count: 64)
        let size = socklen_t(buffer.count)
        guard getnameinfo(first.pointee.ai_addr, first.pointee.ai_addrlen, &buffer, size, nil, 0, NI_NUMERICHOST) == 0
        else { return .failure(Failure(description: "'\(name)' has an address that cannot be written")) }
        let end = buffer.firstIndex(of: 0) ?? buffer.endIndex
        return .success(String(decoding: buffer[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
