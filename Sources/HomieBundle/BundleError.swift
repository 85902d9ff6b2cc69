public import HomieModel

/// What keeps a bundle or an index from being made, read or believed.
public enum BundleError: UserFacingError {
    case manifest(String)
    case notInstalled(program: String)
    /// A program said no; `reason` is its last words.
    case toolFailed(program: String, deed: String, reason: String)
    case timedOut(program: String, deed: String)
    case file(path: String, reason: String)
    case exists(path: String)
    case notABundle(path: String, reason: String)
    case untrusted(path: String, reason: String)
    case developmentSigner(path: String, subject: String)
    case changedImage(path: String, image: String)
    case wrongSystem(path: String, found: SystemKind, wanted: SystemKind)
    case badIndex(path: String, reason: String)
    case noRelease(SystemVersion)
    case notADelta(path: String, reason: String)
    case certificateOnToken(String)
    /// What runs is not what a delta was made from.
    case otherSystem(from: SystemVersion)

    public var summary: String {
        switch self {
        case .manifest(let reason): "the manifest is not valid: \(reason)"
        case .notInstalled(let program): "'\(program)' is not installed"
        case .toolFailed(_, let deed, let reason): "could not \(deed): \(reason)"
        case .timedOut(let program, let deed): "could not \(deed): '\(program)' did not end in time"
        case .file(let path, let reason): "'\(path)' cannot be used (\(reason))"
        case .exists(let path): "'\(path)' is there already"
        case .notABundle(let path, let reason): "'\(path)' is not a whole bundle (\(reason))"
        case .untrusted(let path, let reason): "the signature of '\(path)' is not trusted (\(reason))"
        case .developmentSigner(let path, let subject): "'\(path)' is signed with a development key (\(subject))"
        case .changedImage(let path, let image): "'\(image)' in '\(path)' is not what was signed"
        case .wrongSystem(let path, let found, let wanted): "'\(path)' is made for '\(found)' instead of '\(wanted)'"
        case .badIndex(let path, let reason): "'\(path)' is not a valid update index (\(reason))"
        case .noRelease(let version): "the index holds no version \(version)"
        case .notADelta(let path, let reason): "'\(path)' is not a whole delta (\(reason))"
        case .certificateOnToken(let address): "an index cannot be signed with the certificate '\(address)' on a token"
        case .otherSystem(let version): "the delta was made from another system than the version \(version) that runs"
        }
    }

    public var hint: String? {
        switch self {
        case .manifest, .toolFailed, .timedOut: nil
        case .file: "check the path, who may read and write there, and that there is room"
        case .notInstalled: "scripts/setup rauc"
        case .exists: "choose another name, or add --force"
        case .notABundle: "make or download it again"
        case .untrusted(_, let reason) where reason.contains("not yet valid"):
            "the clock of this device is behind ('timedatectl' shows and sets it), or the key is brand-new"
        case .untrusted:
            "take it from where this system's updates come from; 'homie-bundle' trusts what --keyring names"
        case .developmentSigner: "sign it with a release key: 'homie-bundle sign'"
        case .changedImage: "make or download it again; if that does not help, do not use it"
        case .wrongSystem: "choose the bundle for this board"
        case .badIndex:
            "the server has to publish it anew: 'homie-bundle index show' reads it, 'homie-bundle index add' begins one"
        case .noRelease: "'homie-bundle index show' lists what it holds"
        case .notADelta: "make it again with 'homie-bundle delta'"
        case .certificateOnToken: "name it with --cert as a PEM file; the key may stay on the token"
        case .otherSystem: "install the whole bundle"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .manifest, .certificateOnToken: .usage
        case .notInstalled, .toolFailed, .timedOut, .file, .notABundle, .changedImage, .badIndex, .notADelta: .failed
        case .exists, .otherSystem: .conflict
        case .untrusted, .developmentSigner, .wrongSystem: .refused
        case .noRelease: .notFound
        }
    }
}
