import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird

extension APIHandlers {
    /// Answers what concerns signing in with another device, or at an identity provider.
    func otherWayAnswer(_ route: Route, _ query: Query, _ request: Request, _ caller: Caller) async throws -> Response {
        guard let gate else { throw AccessError.notSetUp("sign-in") }
        let desk = AccessDesk(gate: gate, caller: caller, request: request, endpoint: route.endpoint)
        switch route.endpoint.operation {
        case .beginDevice: return try await desk.beginDevice()
        case .redeemDevice: return try await desk.redeemDevice()
        case .decideDevice: return try await desk.decideDevice()
        case .beginOpenID: return try await desk.beginOpenID(query)
        default: return try await desk.finishOpenID(query)
        }
    }
}

extension AccessDesk {
    func beginDevice() async throws -> Response {
        let beginning = try await gate.devices.begin(from: caller.client)
        return .json(
            DeviceStartAnswer(
                deviceCode: beginning.deviceCode,
                userCode: beginning.userCode,
                expiresAt: beginning.expiresAt,
                interval: Int(beginning.interval.seconds)
            )
        )
    }

    func redeemDevice() async throws -> Response {
        let grant = try await gate.devices.redeem(try await body(DeviceRequest.self).deviceCode, from: caller.client)
        try await note(grant.user.text, status: 200, detail: "with a device's code")
        return .grant(grant, inCookies: false)
    }

    func decideDevice() async throws -> Response {
        let wanted = try await body(DeviceDecision.self)
        let program = try await gate.devices.decide(
            wanted.userCode,
            allows: wanted.allows,
            by: principal,
            from: caller.client
        )
        return .json(DeviceAnswer(client: program, allows: wanted.allows))
    }

    func beginOpenID(_ query: Query) async throws -> Response {
        guard let openID = gate.openID else { throw AccessError.notSetUp("sign-in at an identity provider") }
        // The gateway lets only the device's own names through to here.
        let host = request.head.authority ?? "localhost"
        let beginning = try await openID.begin(
            callback: "https://\(host)/api/v1/oidc/callback",
            next: query.text("next"),
            from: caller.client
        )
        var response = Response.redirect(beginning.address)
        response.setCookie(CookieName.openID, beginning.state, "Lax; Max-Age=600")
        return response
    }

    func finishOpenID(_ query: Query) async throws -> Response {
        guard let openID = gate.openID else { throw AccessError.notSetUp("sign-in at an identity provider") }
        if let error = query.text("error") {
            throw AccessError.badIdentity("it says '\(error.prefix(80).filter { $0.isASCII && !$0.isNewline })'")
        }
        let (grant, next) = try await openID.finish(
            code: query.text("code") ?? "",
            state: query.text("state") ?? "",
            cookie: request.cookie(CookieName.openID),
            issuer: query.text("iss"),
            from: caller.client
        )
        try await note(grant.user.text, status: 303, detail: "at the identity provider")
        var response = Response.redirect(next)
        response.setTokens(grant)
        response.setCookie(CookieName.openID, "", "Lax; Max-Age=0")
        return response
    }
}

extension Response {
    /// Sends a browser elsewhere, with a GET (RFC 9110, section 15.4.4).
    fileprivate static func redirect(_ location: String) -> Response {
        var response = Response.json(RedirectAnswer(location: location), status: 303)
        response.headers[.location] = location
        return response
    }
}
