import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird

extension APIHandlers {
    /// Answers what concerns users, sessions, tokens and the audit log.
    func accessAnswer(_ route: Route, _ query: Query, _ request: Request, _ caller: Caller) async throws -> Response {
        guard let gate else { throw AccessError.notSetUp("sign-in") }
        let desk = AccessDesk(gate: gate, caller: caller, request: request, endpoint: route.endpoint)
        switch route.endpoint.operation {
        case .setUp: return try await desk.setUp()
        case .signIn: return try await desk.signIn()
        case .renewSession: return try await desk.renew()
        case .whoAmI: return .json(desk.identity)
        case .signOut: return try await desk.signOut()
        case .listSessions: return try await desk.sessions()
        case .endSession: return try await desk.endSession(route.parameters["session"] ?? "")
        case .listUsers: return .json(UsersAnswer(users: await gate.access.allUsers().map(UserSummary.init)))
        case .getUser: return try await desk.user(try route.user)
        case .putUser: return try await desk.putUser(try route.user)
        case .removeUser: return try await desk.removeUser(try route.user)
        case .setPassword: return try await desk.setPassword(try route.user)
        case .beginTimeCode: return try await desk.beginTimeCode(try route.user)
        case .confirmTimeCode: return try await desk.confirmTimeCode(try route.user)
        case .removeTimeCode: return try await desk.removeTimeCode(try route.user)
        case .listTokens: return try await desk.tokens()
        case .createToken: return try await desk.createToken()
        case .revokeToken: return try await desk.revokeToken(route.parameters["token"] ?? "")
        case .listAudit: return try await desk.audit(query)
        default: throw RequestError.unknownPath(route.endpoint.path)
        }
    }
}

extension Route {
    /// - Throws: `AccessNameError`
    var user: UserName {
        get throws { try UserName(parsing: parameters["user"] ?? "") }
    }
}
