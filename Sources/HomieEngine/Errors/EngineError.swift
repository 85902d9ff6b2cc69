public import HomieModel

/// What the engine does not do for us.
public enum EngineError: UserFacingError {
    /// The engine refused; `action` completes "cannot …", `answer` holds its words.
    case refused(action: String, answer: EngineAnswer)
    /// What the engine sent is not what its API describes.
    case unreadable(action: String, underlying: any Error)
    /// The engine's API is older than the oldest Homie speaks.
    case tooOld(engine: String, oldest: String)
    case externalNetworkMissing(String)
    case externalVolumeMissing(String)
    /// There is a network of that name which is not this stack's.
    case foreignNetwork(String, stack: StackName, owner: String?)
    case foreignVolume(String, stack: StackName, owner: String?)
    /// The stack's network is there with other settings; `setting` says which.
    case networkDiffers(String, setting: String)
    /// The definition names something that the stack does not have, e.g. `network 'back'`.
    case undefined(what: String, container: String)
    /// A config or secret marked external has no source a plain engine knows.
    case externalFile(String, container: String)
    /// Inline files cannot be written into a container with a read-only root.
    case readOnlyRoot(file: String, container: String)
    case cannotReadFile(path: String, underlying: any Error)
    /// A container of that name is there, made from something else.
    case nameTaken(String)
    case commandTimedOut(container: String, limit: TimeSpan)
    /// An earlier run of the same command did not end in time, and still goes on.
    case commandStillRuns(container: String)
    /// A download or build of which the engine says nothing more; `action` completes "cannot …".
    case stalled(action: String, after: TimeSpan)
    /// A container that is being removed does not go away.
    case stillThere(container: String)
    /// The file's `build` has keys that the engine's own builder does not know.
    case needsBuildKit(image: String, keys: [String])
    case badReference(String)
    case badAmount(String)
    case credentialHelper(String, reason: String)
    case unreadableCredentials(path: String, underlying: any Error)

    public var summary: String {
        switch self {
        case .refused(let action, _): "cannot \(action)"
        case .unreadable(let action, _): "the Docker Engine's answer was not understood, trying to \(action)"
        case .tooOld(let engine, let oldest):
            "the Docker Engine's API is version \(engine), and Homie needs at least \(oldest)"
        case .externalNetworkMissing(let name): "the external network '\(name)' is not there"
        case .externalVolumeMissing(let name): "the external volume '\(name)' is not there"
        case .foreignNetwork(let name, let stack, let owner):
            "the network '\(name)' is there, but belongs to \(Self.described(owner)), not to stack '\(stack)'"
        case .foreignVolume(let name, let stack, let owner):
            "the volume '\(name)' is there, but belongs to \(Self.described(owner)), not to stack '\(stack)'"
        case .networkDiffers(let name, let setting): "the network '\(name)' is there with another \(setting)"
        case .undefined(let what, let container): "the stack of container '\(container)' has no \(what)"
        case .externalFile(let name, let container):
            "the external config or secret '\(name)' of container '\(container)' has no source on this host"
        case .readOnlyRoot(let file, let container):
            "'\(file)' cannot be written into container '\(container)', whose root is read-only"
        case .cannotReadFile(let path, _): "cannot read '\(path)'"
        case .nameTaken(let name): "another container is called '\(name)'"
        case .commandTimedOut(let container, let limit):
            "a command in container '\(container)' did not end within \(limit.seconds) s"
        case .commandStillRuns(let container):
            "an earlier run of the same command in container '\(container)' has not ended yet"
        case .stalled(let action, let silence):
            "cannot \(action): the Docker Engine has said nothing for \(silence.seconds) s"
        case .stillThere(let container): "container '\(container)' is being removed, and does not go away"
        case .needsBuildKit(let image, let keys):
            "the image '\(image)' cannot be built here: \(keys.map { "'build.\($0)'" }.joined(separator: ", ")) \(keys.count == 1 ? "needs" : "need") BuildKit"
        case .badReference(let text): "'\(text)' is not an image reference"
        case .badAmount(let text): "'\(text)' is not an amount of bytes"
        case .credentialHelper(let helper, let reason): "the credential helper '\(helper)' failed (\(reason))"
        case .unreadableCredentials(let path, _): "cannot read the registry credentials in '\(path)'"
        }
    }

    private static func described(_ owner: String?) -> String { owner.map { "stack '\($0)'" } ?? "nobody Homie knows" }

    public var hint: String? {
        switch self {
        case .refused(_, let answer): answer.failure.hint
        case .tooOld: "install Docker 20.10 or newer"
        case .externalNetworkMissing(let name): "docker network create \(name)"
        case .externalVolumeMissing(let name): "docker volume create \(name)"
        case .foreignNetwork: "mark it 'external: true' to use it, or give the stack's network another name"
        case .foreignVolume: "mark it 'external: true' to use it, or give the stack's volume another name"
        case .networkDiffers(let name, _): "take the stack down, or 'docker network rm \(name)', then deploy again"
        case .externalFile: "give it a 'file:', 'environment:' or 'content:'"
        case .readOnlyRoot: "use 'file:' as its source, or leave out 'read_only'"
        case .needsBuildKit(let image, _):
            "build it with 'docker buildx build --load --tag \(image) …' or get it from a registry; what is there is used"
        case .nameTaken: "remove or rename it, or drop container_name"
        case .credentialHelper(let helper, _): "run 'docker-credential-\(helper) list' to see what it says"
        case .stalled: "check the network, then deploy again"
        case .unreadable, .undefined, .cannotReadFile, .commandTimedOut, .commandStillRuns, .stillThere, .badReference,
            .badAmount, .unreadableCredentials:
            nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .refused(_, let answer): answer.failure.kind(status: answer.status)
        case .unreadable, .cannotReadFile, .commandTimedOut, .commandStillRuns, .stalled, .stillThere,
            .credentialHelper, .unreadableCredentials, .tooOld:
            .failed
        case .externalNetworkMissing, .externalVolumeMissing: .notFound
        case .foreignNetwork, .foreignVolume, .networkDiffers, .nameTaken: .conflict
        case .needsBuildKit: .refused
        case .undefined, .externalFile, .readOnlyRoot, .badReference, .badAmount: .usage
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .refused(_, let answer): answer
        case .unreadable(_, let error), .cannotReadFile(_, let error), .unreadableCredentials(_, let error): error
        default: nil
        }
    }

    /// Why the engine refused, when that is what happened.
    public var failure: EngineFailure? {
        guard case .refused(_, let answer) = self else { return nil }
        return answer.failure
    }
}

/// The engine's own words about a failure.
public struct EngineAnswer: UserFacingError, Hashable {
    /// The HTTP status; 200 when the failure came later, in a stream.
    public var status: Int
    public var message: String
    public var failure: EngineFailure

    public init(status: Int, message: String) {
        self.status = status
        self.message = message
        failure = EngineFailure(message: message, status: status)
    }

    public var summary: String { message.isEmpty ? "the engine answered with status \(status)" : message }
    public var kind: ErrorKind { failure.kind(status: status) }
}
