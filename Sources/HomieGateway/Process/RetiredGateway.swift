internal import FoundationEssentials
internal import Glibc

/// A gateway that was turned off: its HAProxy, which outlives homied, must not serve on, nor come again with the system.
public struct RetiredGateway: Sendable {
    private let paths: GatewayPaths

    public init(_ paths: GatewayPaths) { self.paths = paths }

    /// Puts its configuration aside and ends its HAProxy.
    ///
    /// - Returns: false when there was none.
    /// - Throws: ``GatewayError``
    public func end() throws(GatewayError) -> Bool {
        guard try AtomicFile.read(paths.configuration) != nil else { return false }
        // First the file: without it systemd starts no other.
        try AtomicFile.move(paths.configuration, to: paths.configuration + ".off")
        if let master = try master() { kill(master, SIGTERM) }
        return true
    }

    /// Its number may be another process's by now.
    private func master() throws(GatewayError) -> pid_t? {
        guard let text = try AtomicFile.read(paths.processID),
            let number = text.split(separator: "\n").first.flatMap({ pid_t($0) }), number > 1,
            let words = FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
        else { return nil }
        let arguments = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return arguments.contains(paths.configuration) ? number : nil
    }
}
