internal import HomieModel

/// Where the daemon is: on this device, or on another one.
enum DeviceAddress: Sendable, Hashable {
    case socket(String)
    /// `https://homie.local`, without a path.
    case web(String)

    /// - Throws: ``CommandError/unsupportedHost(_:)``
    init(parsing text: String) throws(CommandError) {
        if text.hasPrefix("https://") {
            let host = text.dropFirst("https://".count)
            let bare = host.hasSuffix("/") ? host.dropLast() : host
            let isGood = bare.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D: true
                default: false
                }
            }
            guard !bare.isEmpty, bare.utf8.count <= 255, isGood else { throw .unsupportedHost(text) }
            self = .web("https://" + bare.lowercased())
            return
        }
        var path = Substring(text)
        if path.hasPrefix("unix://") { path = path.dropFirst(7) }
        // A socket's address has room for 107 bytes (unix(7)).
        guard !path.isEmpty, !path.contains("://"), path.utf8.count < 108, !path.utf8.contains(0) else {
            throw .unsupportedHost(text)
        }
        self = .socket(String(path))
    }
}
