public import HomieModel

/// What the supervisor cannot do.
public enum SupervisorError: UserFacingError {
    case noStack(StackName)
    case noService(ServiceName, StackName)
    case noRevision(Int, StackName)
    case noDeployment(Int64)
    case noContainer(String)
    case nothingToRollBackTo(StackName)
    case stackIsLeaving(StackName)
    case nothingToAdopt(StackName)
    /// The stack is not as a request said, or nothing is known of that request.
    case notInPlace(StackName)
    /// The reason is a clause.
    case engineDown(String)
    case imageMissing(String, ServiceName, underlying: (any Error)?)
    /// Its file asks for a signature; the reason is a clause about the image.
    case notSigned(String, ServiceName, reason: String, underlying: (any Error)?)
    /// Nothing can be put into memory for it.
    case noCertificates(ServiceName)
    case noIssue(String)
    case noRoute(RouteName)
    /// The remedy of an issue is a person's work.
    case remedyByHand(DeviceIssue)

    public var summary: String {
        switch self {
        case .noStack(let stack): "there is no stack '\(stack)'"
        case .noService(let service, let stack): "stack '\(stack)' has no service '\(service)'"
        case .noRevision(let number, let stack): "stack '\(stack)' has no revision \(number)"
        case .noDeployment(let id): "there is no deployment \(id)"
        case .noContainer(let id): "there is no container '\(id)'"
        case .nothingToRollBackTo(let stack): "stack '\(stack)' has no earlier good revision"
        case .stackIsLeaving(let stack): "stack '\(stack)' is being taken down"
        case .nothingToAdopt(let stack): "no containers of a Compose project '\(stack)' were found"
        case .notInPlace(let stack): "stack '\(stack)' is not known to be as that request says"
        case .engineDown(let reason): "the container engine does not answer: \(reason)"
        case .noCertificates(let service): "no certificate can be issued for '\(service)' (x-homie.tls)"
        case .noIssue(let id): "there is no open issue '\(id)'"
        case .noRoute(let name): "no route '\(name)' was made by hand"
        case .remedyByHand(let issue): "Homie cannot fix this by itself: \(issue.summary)"
        case .notSigned(let image, let service, let reason, _):
            "'\(service)' must run a signed image, but '\(image)' \(reason)"
        case .imageMissing(let image, let service, _): "the image '\(image)' of service '\(service)' cannot be had"
        }
    }

    public var hint: String? {
        switch self {
        case .noStack: "'homie stacks' lists them"
        case .noService: "'homie ps' lists them"
        case .noRevision, .nothingToRollBackTo: "'homie stacks --revisions' lists what there is"
        case .noDeployment, .noContainer: nil
        case .stackIsLeaving: "wait until 'homie stacks' no longer shows it"
        case .nothingToAdopt: "start it with 'docker compose up', or deploy it with 'homie up'"
        case .notInPlace: "send the whole project to 'PUT /stacks/{stack}'"
        case .noCertificates: "take 'tls' out of its x-homie block, or let homied do it"
        case .engineDown: "systemctl status docker"
        case .noIssue: "'homie issues' lists them"
        case .noRoute: "'homie route ls' lists them; those of Compose files go with the file"
        case .remedyByHand(let issue): issue.remedy.map { "\($0.text): \($0.command)" }
        case .notSigned:
            "have it signed ('cosign sign --key'), put the signer's key into /etc/homie/image-keys, or take 'required' out of "
                + "x-homie.signature"
        case .imageMissing: "check its name, the network and the registry's credentials"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .noStack, .noService, .noRevision, .noDeployment, .noContainer, .nothingToAdopt, .noIssue, .noRoute:
            .notFound
        case .nothingToRollBackTo, .stackIsLeaving, .notInPlace: .conflict
        case .remedyByHand, .notSigned, .noCertificates: .refused
        case .engineDown: .unreachable
        case .imageMissing(_, _, let cause): cause.map { ($0 as? any UserFacingError)?.kind ?? .failed } ?? .notFound
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .imageMissing(_, _, let error), .notSigned(_, _, _, let error): error
        default: nil
        }
    }
}
