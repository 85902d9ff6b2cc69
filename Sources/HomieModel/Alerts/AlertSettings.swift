/// What a person has set about alerts and incoming webhooks.
public struct AlertSettings: Sendable, Hashable, Codable {
    /// Beside and instead of the standard ones.
    public var rules: [AlertRule]
    public var routes: [AlertRoute]
    public var silences: [Silence]
    public var windows: [QuietWindow]
    public var hooks: [IncomingHook]
    public var lastSilence: Int64

    public init(
        rules: [AlertRule] = [],
        routes: [AlertRoute] = [],
        silences: [Silence] = [],
        windows: [QuietWindow] = [],
        hooks: [IncomingHook] = [],
        lastSilence: Int64 = 0
    ) {
        self.rules = rules
        self.routes = routes
        self.silences = silences
        self.windows = windows
        self.hooks = hooks
        self.lastSilence = lastSilence
    }

    private enum CodingKeys: String, CodingKey { case rules, routes, silences, windows, hooks, lastSilence }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rules = try values.decodeIfPresent([AlertRule].self, forKey: .rules) ?? []
        routes = try values.decodeIfPresent([AlertRoute].self, forKey: .routes) ?? []
        silences = try values.decodeIfPresent([Silence].self, forKey: .silences) ?? []
        windows = try values.decodeIfPresent([QuietWindow].self, forKey: .windows) ?? []
        hooks = try values.decodeIfPresent([IncomingHook].self, forKey: .hooks) ?? []
        lastSilence = try values.decodeIfPresent(Int64.self, forKey: .lastSilence) ?? 0
    }
}
