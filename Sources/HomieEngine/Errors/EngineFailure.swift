internal import HomieModel

/// Why the engine refused something, as far as its words tell.
public enum EngineFailure: Sendable, Hashable {
    /// Another process or container has the port; the number when the engine named it.
    case portTaken(UInt16?)
    case noSuchImage
    case noSuchContainer
    case networkNotFound
    case volumeNotFound
    case noSpace
    /// The source of a bind mount is not there; its path when the engine named it.
    case mountPathMissing(String?)
    /// Another container has the name.
    case nameTaken
    /// A network or volume still has users.
    case inUse
    /// The registry wants other credentials, or has no such image.
    case registryRefused
    case registryUnreachable
    /// The command to start is not in the image, or may not be run.
    case commandNotFound
    /// The Dockerfile needs what only BuildKit can do.
    case needsBuildKit
    /// The engine does not speak the API version.
    case unsupportedVersion
    case other

    /// Reads the engine's message. Its words are not part of its API: what is not recognised is ``other``.
    public init(message: String, status: Int) {
        let text = message.lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("port is already allocated", "address already in use", "ports are not available") {
            self = .portTaken(Self.port(in: text))
        } else if says("no space left on device", "not enough space", "disk quota exceeded") {
            self = .noSpace
        } else if says("bind source path does not exist", "error while creating mount source path") {
            self = .mountPathMissing(Self.path(in: message))
        } else if says("is already in use by container") {
            self = .nameTaken
        } else if says("only supported with buildkit", "requires buildkit", "requires the buildkit") {
            self = .needsBuildKit
        } else if says("client version", "minimum supported api version", "maximum supported api version") {
            self = .unsupportedVersion
        } else if says("pull access denied", "unauthorized", "authentication required", "no basic auth", "denied:") {
            self = .registryRefused
        } else if says("manifest unknown", "manifest for", "repository does not exist") {
            self = .noSuchImage
        } else if says(
            "dial tcp",
            "no such host",
            "tls handshake",
            "i/o timeout",
            "connection refused",
            "request canceled"
        ) {
            self = .registryUnreachable
        } else if says("no such image") {
            self = .noSuchImage
        } else if says("no such container") {
            self = .noSuchContainer
        } else if text.contains("network") && says("not found", "no such network") {
            self = .networkNotFound
        } else if says("no such volume") {
            self = .volumeNotFound
        } else if says("has active endpoints", "volume is in use", "is in use") {
            self = .inUse
        } else if says("executable file not found", "exec format error", "oci runtime create failed")
            && says("exec:", "exec ")
        {
            self = .commandNotFound
        } else {
            self = .other
        }
    }

    /// The port in `…for 0.0.0.0:8080 failed…` or `…listen tcp4 0.0.0.0:8080: bind…`.
    private static func port(in text: String) -> UInt16? {
        var found: UInt16?
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
            // `:::8080` is what the engine writes for all IPv6 addresses.
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 2, let number = parts.dropFirst().compactMap({ UInt16($0) }).last else { continue }
            found = number
        }
        return found
    }

    /// The path after the last colon and space, or between quotes.
    private static func path(in message: String) -> String? {
        if let start = message.firstIndex(of: "'"),
            let end = message[message.index(after: start)...].firstIndex(of: "'")
        {
            return String(message[message.index(after: start)..<end])
        }
        guard let slash = message.ranges(of: ": /").last else { return nil }
        return String(message[message.index(before: slash.upperBound)...])
    }
}

extension EngineFailure {
    var hint: String? {
        switch self {
        case .portTaken(let port?): "'ss -ltnp sport = :\(port)' and 'docker ps' show who has port \(port)"
        case .portTaken(nil): "'docker ps' shows which container has the port"
        case .noSuchImage: "check the image's name and tag"
        case .noSpace: "'docker system df' shows what takes the space"
        case .mountPathMissing: "create the path on the host, or set bind.create_host_path"
        case .nameTaken: "remove or rename the other container, or drop container_name"
        case .inUse: "'docker ps --all' shows who uses it"
        case .registryRefused: "check the image's name, then 'docker login' to its registry"
        case .registryUnreachable: "check the network and the registry's name"
        case .commandNotFound: "check command and entrypoint against the image"
        case .needsBuildKit: "build the image with 'docker buildx build' and name it with 'image:'"
        case .unsupportedVersion: "update the engine, or Homie"
        case .noSuchContainer, .networkNotFound, .volumeNotFound, .other: nil
        }
    }

    /// The kind of error this is; `status` decides where the words did not.
    func kind(status: Int) -> ErrorKind {
        switch self {
        case .portTaken, .nameTaken, .inUse: return .conflict
        case .noSuchImage, .noSuchContainer, .networkNotFound, .volumeNotFound, .mountPathMissing: return .notFound
        case .noSpace, .registryUnreachable, .commandNotFound, .needsBuildKit, .unsupportedVersion: return .failed
        case .registryRefused: return .refused
        case .other:
            switch status {
            case 400: return .usage
            case 401, 403: return .refused
            case 404: return .notFound
            case 409: return .conflict
            case 503: return .unreachable
            default: return .failed
            }
        }
    }
}
