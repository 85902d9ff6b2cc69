import HomieAPI
import HomieModel

/// Where a browser goes once somebody is signed in: a path of this device, or a page of a service. Nothing else is ever
/// followed (OWASP's Unvalidated Redirects and Forwards Cheat Sheet).
enum NextAddress: Sendable, Hashable {
    case path(String)
    /// A path of a service without a name of its own, at the port where these are.
    case pathForm(host: String, path: String)
    /// A host that the gateway serves, and a path on it.
    case service(host: String, path: String)

    /// - Parameters:
    ///   - text: as it came; anything that is not allowed is taken for `/`.
    ///   - host: that was asked; another port is allowed of it alone.
    static func read(_ text: String?, _ settings: PageSettings, askedAt host: String) async -> NextAddress {
        guard let text else { return .path("/") }
        if let path = localPath(text) { return .path(path) }
        guard text.hasPrefix("https://"), !text.contains("\\"), !text.contains("@"),
            let address = WebAddress(parsing: text), let path = localPath(address.path + address.query)
        else { return .path("/") }
        let isOwn = settings.isOwn(address.host)
        let port = address.port ?? 443
        if port == settings.pathPort, isOwn, address.host == host { return .pathForm(host: host, path: path) }
        guard port == settings.port else { return .path("/") }
        if !isOwn {
            guard await settings.serves(address.host) else { return .path("/") }
        }
        return isOwn ? .path(path) : .service(host: address.host, path: path)
    }

    /// A path and query, as it was given; nil when a browser could take it for another host's.
    static func localPath(_ text: String) -> String? {
        guard text.hasPrefix("/"), text.utf8.count <= 2000, !text.hasPrefix("//"), !text.hasPrefix("/\\"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C })
        else { return nil }
        return text
    }

    /// As ``read(_:_:askedAt:)`` takes it.
    func text(_ settings: PageSettings) -> String {
        switch self {
        case .path(let path): path
        case .pathForm(let host, let path): (settings.pathOrigin(of: host) ?? "") + path
        case .service(let host, let path): "https://\(host)\(settings.port == 443 ? "" : ":\(settings.port)")\(path)"
        }
    }
}
