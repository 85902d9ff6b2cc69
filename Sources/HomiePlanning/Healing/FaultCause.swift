public import HomieModel

/// Why a replica does not run as it should.
public enum FaultCause: Sendable, Hashable, Codable {
    /// It ended by itself.
    case crashed(exitCode: Int)
    case outOfMemory
    /// It ended because the container engine did.
    case engineEnded
    /// Its check says so.
    case unhealthy
    /// Its command is not there or may not be run.
    case badCommand
    /// Something else has the host's port.
    case portTaken(String?)
    case imageMissing
    case diskFull
    /// A file or folder that it mounts is not there or of the wrong kind.
    case badMount(String?)
    /// The engine refused it for another reason.
    case refused(String)

    /// What doing it again may mend.
    public enum Nature: Sendable, Hashable {
        /// Another try, a fresh container or an older revision may help.
        case ofService
        /// Only a change outside the container helps; trying often does harm.
        case ofSurroundings
    }

    public var nature: Nature {
        switch self {
        case .crashed, .outOfMemory, .engineEnded, .unhealthy, .badCommand, .refused: .ofService
        case .portTaken, .imageMissing, .diskFull, .badMount: .ofSurroundings
        }
    }

    /// What a service does when one that it needs does not answer: it ends, or its check fails.
    public var mayLieInAnother: Bool {
        switch self {
        case .crashed, .unhealthy: true
        default: false
        }
    }

    /// As a clause: `it …`.
    public var clause: String {
        switch self {
        case .crashed(137): "was killed (exit code 137)"
        case .crashed(let code): "ended with exit code \(code)"
        case .outOfMemory: "ran out of memory"
        case .engineEnded: "ended together with the container engine"
        case .unhealthy: "does not pass its health check"
        case .badCommand: "cannot run its command"
        case .portTaken(let port): "needs \(port.map { "port \($0)" } ?? "a port") that something else uses"
        case .imageMissing: "has no image on this device"
        case .diskFull: "finds no room on the disk"
        case .badMount(let path): "mounts \(path ?? "something") that is not there or is of the wrong kind"
        case .refused(let reason): "was refused by the engine: \(reason)"
        }
    }
}

extension FaultCause {
    /// Recognises the cause in what the engine says when a create or start fails (Docker Engine 20.10 to 28).
    public init(engineMessage message: String) {
        let text = message.lowercased()
        func has(_ pieces: String...) -> Bool { pieces.contains { text.contains($0) } }
        if has("no space left on device", "disk quota exceeded", "database or disk is full") {
            self = .diskFull
        } else if has(
            "port is already allocated",
            "address already in use",
            "failed to bind host port",
            "ports are not available"
        ) {
            self = .portTaken(Self.port(in: text))
        } else if has(
            "no such image",
            "unable to find image",
            "manifest unknown",
            "pull access denied",
            "not found: manifest"
        ) {
            self = .imageMissing
        } else if has(
            "bind source path does not exist",
            "are you trying to mount a directory onto a file",
            "error mounting",
            "error while creating mount source path",
            "no such volume",
            "failed to mount local volume"
        ) {
            self = .badMount(Self.quoted(in: message))
        } else if has("executable file not found", "exec format error")
            || (has("exec:") && has("permission denied", "no such file"))
        {
            self = .badCommand
        } else {
            self = .refused(String(message.prefix(300)))
        }
    }

    /// How a container ended.
    public init(ending container: ObservedContainer) {
        if container.isOOMKilled {
            self = .outOfMemory
        } else if !container.error.isEmpty {
            self = FaultCause(engineMessage: container.error)
        } else if container.exitCode == 126 || container.exitCode == 127 {
            self = .badCommand
        } else {
            self = .crashed(exitCode: container.exitCode)
        }
    }

    /// The port of `0.0.0.0:8080`, `[::]:8080` or `0.0.0.0:53:172.18.0.2:53/udp`: the first one after an address.
    private static func port(in text: String) -> String? {
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "(" || $0 == ")" }) {
            let pieces = word.split(separator: ":", omittingEmptySubsequences: false)
            for (before, piece) in zip(pieces, pieces.dropFirst()) {
                guard before.isEmpty || before.contains(".") || before.hasSuffix("]") else { continue }
                let digits = piece.prefix { $0 != "/" }
                if let port = UInt16(digits), port > 0 { return String(port) }
            }
        }
        return nil
    }

    /// The first absolute path in a message.
    private static func quoted(in text: String) -> String? {
        let pieces = text.split { $0 == " " || $0 == "\"" || $0 == "'" || $0 == "," || $0 == "`" }
        guard let path = pieces.first(where: { $0.hasPrefix("/") && $0.count > 1 }) else { return nil }
        return String(path.last == ":" ? path.dropLast() : path)
    }
}
