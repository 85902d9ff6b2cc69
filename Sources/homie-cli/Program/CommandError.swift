internal import HomieModel

/// What goes wrong in the commands themselves.
enum CommandError: UserFacingError, Equatable {
    case noProjectFile(directory: String)
    case unsupportedHost(String)
    case unreadableFile(path: String, reason: String)
    case notConfirmed(String)
    case needsConfirmation(String)
    case noSuchService(String)
    case noIssue(String)
    case ambiguousService(String, stacks: [StackName])
    case needsStack([StackName])
    case deploymentFailed(DeploymentRecord, services: [ServiceName])
    case superseded(DeploymentRecord)
    case timedOut(DeploymentRecord, after: Double)
    case unreadableTime(String)
    case daemonGone(StackName)
    case unwritableFile(path: String, reason: String)
    /// Nobody is there to ask for what an option would have said.
    case nobodyToAsk(String)
    case notSignedIn(String)
    case noUser(UserName)
    case userExists(UserName)
    case noToken(String)

    var summary: String {
        switch self {
        case .noProjectFile(let directory): "there is no compose.yaml in \(directory) or above it"
        case .unsupportedHost(let text): "'\(text)' is neither https://NAME nor the path of a Unix socket"
        case .unreadableFile(let path, let reason): "'\(path)' cannot be read: \(reason)"
        case .notConfirmed(let deed): "nothing was done: \(deed) was not confirmed"
        case .needsConfirmation(let deed): "\(deed) must be confirmed, and nobody is there to ask"
        case .noIssue(let id): "there is no open issue '\(id)'"
        case .noSuchService(let name): "no stack has a service '\(name)'"
        case .ambiguousService(let name, let stacks):
            "several stacks have a service '\(name)': \(stacks.map(\.text).joined(separator: ", "))"
        case .needsStack(let stacks):
            stacks.isEmpty
                ? "there are no stacks" : "there are several stacks: \(stacks.map(\.text).joined(separator: ", "))"
        case .deploymentFailed(let deployment, _):
            "the \(deployment.kind.noun) of '\(deployment.stack)' failed"
                + (deployment.cause.map { ": \($0)" } ?? "")
        case .superseded(let deployment):
            "the \(deployment.kind.noun) of '\(deployment.stack)' gave way to a newer one"
        case .timedOut(let deployment, let seconds):
            "the \(deployment.kind.noun) of '\(deployment.stack)' has not ended within \(Self.plain(seconds)) s; it goes on"
        case .unreadableTime(let text): "'\(text)' is neither a time nor a length of time"
        case .unwritableFile(let path, let reason): "'\(path)' cannot be written: \(reason)"
        case .nobodyToAsk(let option): "'\(option)' is not given, and nobody is there to ask"
        case .noUser(let name): "there is no user '\(name)'"
        case .userExists(let name): "there is a user '\(name)' already"
        case .noToken(let id): "there is no token '\(id.prefix(40))'"
        case .notSignedIn(let place): "you are not signed in \(place)"
        case .daemonGone(let stack): "the daemon stopped answering while '\(stack)' was being changed"
        }
    }

    var hint: String? {
        switch self {
        case .noProjectFile: "name the file with -f, or go to its directory"
        case .unsupportedHost: "give e.g. https://homie.local, or a path such as /run/homie/homied.sock"
        case .needsConfirmation: "add --yes"
        case .ambiguousService(let name, let stacks): "name one, e.g. \(stacks.first?.text ?? "STACK")/\(name)"
        case .noIssue: "'homie issues' lists them"
        case .noSuchService: "'homie ps' shows all services"
        case .needsStack(let stacks): stacks.isEmpty ? "deploy one with 'homie up'" : "name one with --stack"
        case .deploymentFailed(let deployment, let services):
            services.first.map { "'homie why \(deployment.stack)/\($0)' tells the story" }
                ?? "'homie events --stack \(deployment.stack)' shows what happened"
        case .timedOut(let deployment, _): "'homie ps --stack \(deployment.stack)' shows how far it is"
        case .superseded(let deployment): "'homie stacks' shows what became of '\(deployment.stack)'"
        case .unreadableTime: "write e.g. 10m, 2h30m or 2026-11-24T08:00:00Z"
        case .daemonGone: "'systemctl status homied' shows how it does; the containers run on without it"
        case .notSignedIn: "'homie login https://DEVICE' signs in"
        case .noUser: "'homie user ls' shows all users"
        case .userExists(let name):
            "'homie user set \(name)' changes the role, 'homie user password \(name)' the password"
        case .noToken: "'homie token ls' shows all tokens"
        case .nobodyToAsk(let option): "add \(option)"
        case .unreadableFile, .unwritableFile, .notConfirmed: nil
        }
    }

    var kind: ErrorKind {
        switch self {
        case .noProjectFile, .noSuchService, .noIssue: .notFound
        case .unsupportedHost, .unreadableFile, .ambiguousService, .unreadableTime, .nobodyToAsk: .usage
        case .needsStack(let stacks): stacks.isEmpty ? .notFound : .usage
        case .notConfirmed, .needsConfirmation: .refused
        case .deploymentFailed: .unhealthy
        case .superseded: .conflict
        case .timedOut, .unwritableFile: .failed
        case .notSignedIn, .noUser, .noToken: .notFound
        case .userExists: .conflict
        case .daemonGone: .unreachable
        }
    }

    private static func plain(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int64(seconds)) : String(seconds)
    }
}

extension DeploymentRecord.Kind {
    /// What a deployment of this kind is called.
    var noun: String {
        switch self {
        case .up: "deployment"
        case .rollback: "roll-back"
        case .down: "removal"
        case .adopt: "adoption"
        }
    }
}
