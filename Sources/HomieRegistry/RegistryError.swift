public import HomieModel

/// Why a registry could not be asked.
public enum RegistryError: UserFacingError {
    case badReference(String)
    case unreachable(String, underlying: any Error)
    case refused(String)
    case unknown(String)
    case unexpected(String, status: Int)

    public var summary: String {
        switch self {
        case .badReference(let image): "'\(image)' is not an image reference"
        case .unreachable(let image, _): "the registry of '\(image)' cannot be asked"
        case .refused(let image): "the registry of '\(image)' wants a login"
        case .unknown(let image): "the registry does not know '\(image)'"
        case .unexpected(let image, let status): "the registry answered \(status) for '\(image)'"
        }
    }

    public var hint: String? {
        switch self {
        case .refused: "'docker login' makes the file that registry-credentials names"
        case .unreachable: "check the network"
        case .badReference, .unknown: "check the image's name and tag"
        case .unexpected: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .badReference: .usage
        case .unreachable: .unreachable
        case .refused: .refused
        case .unknown: .notFound
        case .unexpected: .failed
        }
    }

    public var underlying: (any Error)? {
        guard case .unreachable(_, let error) = self else { return nil }
        return error
    }
}
