import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let userName = Schema.string(pattern: UserName.pattern)
    /// Four of its characters differ.
    private static let password = Schema.string(length: 10...256)
    private static let role = Schema.choice(Role.allCases.map(\.rawValue))
    private static let scopes = Schema.array(.choice(Scope.all.map(\.description)))

    /// The shapes of signing in, users, tokens and the audit log.
    static let access: [String: Schema] = [
        "SetUpRequest": .object([
            .init("token", .string(), "as the device shows it"),
            .init("user", userName),
            .init("password", password),
        ]),
        "SignInRequest": .object([
            .init("user", userName),
            .init("password", .string()),
            .init("code", .string(), isRequired: false, "of the authenticator app, where there is one"),
            .init("cookies", .boolean, isRequired: false, "put the tokens into cookies, not into the answer"),
        ]),
        "RenewRequest": .object([
            .init("refresh", .string(), isRequired: false, "the refresh token; that of the cookie when absent")
        ]),
        "Grant": .object([
            .init("session", .string()),
            .init("user", userName),
            .init("role", role),
            .init("token", .string(), isRequired: false, "for 'Authorization: Bearer'; absent when it is in a cookie"),
            .init("gatewayToken", .string(), isRequired: false, "the same for services behind the gateway"),
            .init("refresh", .string(), isRequired: false, "good for one renewal"),
            .init("expiresAt", time, "when the tokens end"),
            .init("sessionEndsAt", time, "when the session ends unless it is renewed"),
        ]),
        "Identity": .object([
            .init("name", .string(), "as the audit log names it"),
            .init("user", userName, isRequired: false),
            .init("role", role, isRequired: false),
            .init("scopes", scopes, isRequired: false, "what an API token is for; absent: all that the role may"),
        ]),
        "DeviceStart": .object([
            .init("deviceCode", .string(), "the device's secret"),
            .init("userCode", .string(), "to be shown, and typed by somebody who is signed in"),
            .init("expiresAt", time),
            .init("interval", .integer(minimum: 1), "seconds between two questions"),
        ]),
        "DeviceRequest": .object([.init("deviceCode", .string())]),
        "DeviceDecision": .object([.init("userCode", .string()), .init("allows", .boolean)]),
        "DeviceAnswer": .object([.init("client", .string()), .init("allows", .boolean)]),
        "Redirect": .object([.init("location", .string(), "the same as in the header")]),
        "Sessions": .object([.init("sessions", .array(.reference("Session")))]),
        "Session": .object([
            .init("id", .string()),
            .init("user", userName),
            .init("client", .string(), "the program, as it names itself"),
            .init("address", .string(), "where it signed in from"),
            .init("createdAt", time),
            .init("renewedAt", time),
            .init("expiresAt", time),
            .init("isCurrent", .boolean, "true for the one that asks"),
        ]),
        "Users": .object([.init("users", .array(.reference("User")))]),
        "User": .object([
            .init("name", userName),
            .init("role", role),
            .init("hasPassword", .boolean),
            .init("hasTimeCode", .boolean, "an authenticator app's code is asked for"),
            .init("isExternal", .boolean, "signs in at the identity provider"),
            .init("createdAt", time),
            .init("lastSignInAt", time, isRequired: false),
        ]),
        "UserRequest": .object([
            .init("role", role, isRequired: false, "'viewer' for a new user when absent"),
            .init("password", password, isRequired: false),
        ]),
        "PasswordRequest": .object([
            .init("current", .string(), isRequired: false, "the present one, when it is one's own"),
            .init("password", password),
        ]),
        "TimeCode": .object([
            .init("secret", .string(), "to type into the app"),
            .init("address", .string(), "the same for a QR code"),
        ]),
        "CodeRequest": .object([.init("code", .string(), isRequired: false, "the code that the app shows")]),
        "Tokens": .object([.init("tokens", .array(.reference("Token")))]),
        "Token": .object([
            .init("id", .string()),
            .init("name", .string(), "what it is for"),
            .init("user", userName, "it never may more than this user"),
            .init("scopes", scopes),
            .init("secret", .string(), isRequired: false, "the token itself, only when it was just made"),
            .init("createdAt", time),
            .init("expiresAt", time, isRequired: false),
            .init("lastUsedAt", time, isRequired: false, "to the minute"),
        ]),
        "TokenRequest": .object([
            .init("name", .string(), "what it is for"),
            .init("user", userName, isRequired: false, "oneself when absent"),
            .init("scopes", scopes),
            .init("days", .integer(minimum: 1), isRequired: false, "how long it is good; without end when absent"),
        ]),
        "Audit": .object([
            .init("entries", .array(.reference("AuditEntry")), "newest first"),
            .init("next", .integer(minimum: 1), isRequired: false, "'before' of the next page"),
        ]),
        "AuditEntry": .object([
            .init("id", .integer(minimum: 1)),
            .init("at", time),
            .init("actor", .string(), "a user, a user's token, or an account of this device"),
            .init("client", .string(), "the address, or the process"),
            .init("operation", .string()),
            .init("target", .string(), "the path"),
            .init("status", .integer(minimum: 100), "the HTTP status of the answer"),
            .init("detail", .string(), isRequired: false),
        ]),
    ]
}
