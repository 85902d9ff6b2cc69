import HomieModel

extension Endpoint {
    private static let root = "/api/v1"
    private static let user = root + "/users/{user}"

    /// Signing in, users, tokens, the audit log.
    /// All of them answer 404 where nobody can sign in.
    static let access = (sessions + otherWays + users + tokens).map { endpoint in
        var endpoint = endpoint
        if !endpoint.errors.contains(.notFound) { endpoint.errors.append(.notFound) }
        return endpoint
    }

    private static let sessions = [
        Endpoint(
            .setUp,
            .post,
            root + "/setup",
            "Makes the first user, with the token that the device shows when it starts",
            body: .reference("SetUpRequest"),
            answers: [Answer(200, "the first admin", .reference("User"))],
            errors: [.usage, .refused, .conflict, .tooLarge]
        ),
        Endpoint(
            .signIn,
            .post,
            root + "/session",
            "Signs a user in: tokens in the answer, or in cookies for a browser",
            body: .reference("SignInRequest"),
            answers: [Answer(200, "the session", .reference("Grant"))],
            errors: [.usage, .refused, .tooLarge]
        ),
        Endpoint(
            .renewSession,
            .post,
            root + "/session/renew",
            "Renews a session; its refresh token, in the body or in a cookie, is spent",
            body: .reference("RenewRequest"),
            isBodyRequired: false,
            answers: [Answer(200, "the session, with new tokens", .reference("Grant"))],
            errors: [.usage, .refused, .tooLarge]
        ),
        Endpoint(
            .whoAmI,
            .get,
            root + "/session",
            "Who is asking, and what that one may do",
            answers: [Answer(200, "who it is", .reference("Identity"))]
        ),
        Endpoint(
            .signOut,
            .delete,
            root + "/session",
            "Ends the session that asks",
            answers: [Answer(200, "who it was", .reference("Identity"))],
            errors: [.notFound]
        ),
        Endpoint(
            .listSessions,
            .get,
            root + "/sessions",
            "One's own sessions; an admin's answer holds everybody's",
            answers: [Answer(200, "the sessions, newest first", .reference("Sessions"))]
        ),
        Endpoint(
            .endSession,
            .delete,
            root + "/sessions/{session}",
            "Ends a session: its tokens are refused from now on",
            answers: [Answer(200, "who asked for it", .reference("Identity"))],
            errors: [.notFound]
        ),
    ]

    /// Signing in with another device, or at an identity provider.
    private static let otherWays = [
        Endpoint(
            .beginDevice,
            .post,
            root + "/device",
            "A device without a browser asks to be let in (RFC 8628)",
            answers: [Answer(200, "what it shows, and what it keeps", .reference("DeviceStart"))]
        ),
        Endpoint(
            .redeemDevice,
            .post,
            root + "/device/token",
            "The session, once somebody let the device in; until then a problem of type 'urn:homie:problem:devicePending'",
            body: .reference("DeviceRequest"),
            answers: [Answer(200, "the session", .reference("Grant"))],
            errors: [.usage, .refused, .conflict, .tooLarge]
        ),
        Endpoint(
            .decideDevice,
            .post,
            root + "/device/decision",
            "Lets a device in as oneself, or turns it away",
            body: .reference("DeviceDecision"),
            answers: [Answer(200, "how the device names itself", .reference("DeviceAnswer"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .beginOpenID,
            .get,
            root + "/oidc/login",
            "Sends the browser to the identity provider (OpenID Connect)",
            query: [QueryParameter("next", .pattern("^/[!-~]{0,1000}$"), "the path where it is to end up")],
            answers: [Answer(303, "to the provider", .reference("Redirect"))],
            errors: [.usage, .notFound, .refused]
        ),
        openIDCallback,
    ]

    /// What identity providers send: visible ASCII (RFC 6749, appendix A).
    private static let providerText = "^[ -~]{1,1000}$"

    private static let openIDCallback: Endpoint = {
        var endpoint = Endpoint(
            .finishOpenID,
            .get,
            root + "/oidc/callback",
            "Where the identity provider sends the browser back to: the tokens are in cookies",
            query: [
                QueryParameter("code", .pattern(providerText), "what the provider gives a session for"),
                QueryParameter("state", .pattern(providerText), "what this device gave the browser"),
                QueryParameter("iss", .pattern(providerText), "the provider's name (RFC 9207)"),
                QueryParameter("error", .pattern(providerText), "why there is no code"),
            ],
            answers: [Answer(303, "signed in", .reference("Redirect"))],
            errors: [.usage, .notFound, .refused]
        )
        // Providers add what they like.
        endpoint.ignoresUnknownQuery = true
        return endpoint
    }()

    private static let users = [
        Endpoint(
            .listUsers,
            .get,
            root + "/users",
            "All users",
            answers: [Answer(200, "the users", .reference("Users"))]
        ),
        Endpoint(
            .getUser,
            .get,
            user,
            "One user: oneself, or anybody for an admin",
            answers: [Answer(200, "the user", .reference("User"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .putUser,
            .put,
            user,
            "Makes a user, or changes role or password of one",
            body: .reference("UserRequest"),
            answers: [
                Answer(200, "the user was changed", .reference("User")),
                Answer(201, "the user was made", .reference("User")),
            ],
            errors: [.usage, .conflict, .tooLarge]
        ),
        Endpoint(
            .removeUser,
            .delete,
            user,
            "Removes a user with all tokens and sessions",
            answers: [Answer(200, "the user that was", .reference("User"))],
            errors: [.usage, .notFound, .conflict]
        ),
        Endpoint(
            .setPassword,
            .post,
            user + "/password",
            "Sets a password: one's own with the present one, or anybody's as an admin",
            body: .reference("PasswordRequest"),
            answers: [Answer(200, "the user", .reference("User"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .beginTimeCode,
            .post,
            user + "/totp",
            "Makes a secret for an authenticator app; nothing changes until its first code is shown. One's own app is replaced with a code "
                + "of the one that is in use",
            body: .reference("CodeRequest"),
            isBodyRequired: false,
            answers: [Answer(200, "the secret, shown once", .reference("TimeCode"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .confirmTimeCode,
            .put,
            user + "/totp",
            "Shows the app's first code; from then on sign-in asks for one",
            body: .reference("CodeRequest"),
            answers: [Answer(200, "the user", .reference("User"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .removeTimeCode,
            .post,
            user + "/totp/remove",
            "Sign-in asks for no code any more: with a code for oneself, without for an admin",
            body: .reference("CodeRequest"),
            answers: [Answer(200, "the user", .reference("User"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
    ]

    private static let tokens = [
        Endpoint(
            .listTokens,
            .get,
            root + "/tokens",
            "One's own API tokens; an admin's answer holds everybody's",
            answers: [Answer(200, "the tokens, oldest first, without their secrets", .reference("Tokens"))]
        ),
        Endpoint(
            .createToken,
            .post,
            root + "/tokens",
            "Makes an API token; its secret is in this answer and nowhere else",
            body: .reference("TokenRequest"),
            answers: [Answer(201, "the token", .reference("Token"))],
            errors: [.usage, .notFound, .tooLarge]
        ),
        Endpoint(
            .revokeToken,
            .delete,
            root + "/tokens/{token}",
            "Revokes an API token",
            answers: [Answer(200, "who asked for it", .reference("Identity"))],
            errors: [.notFound]
        ),
        Endpoint(
            .listAudit,
            .get,
            root + "/audit",
            "Who did what, newest first",
            query: [
                QueryParameter("before", .integer(1...Int64.max), "only lines with a smaller ID"),
                QueryParameter("limit", .integer(1...1000), "so many of a page; 100 when absent"),
            ],
            answers: [Answer(200, "the lines", .reference("Audit"))],
            errors: [.usage]
        ),
    ]
}
