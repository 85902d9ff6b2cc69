/// What a person has set about alerts and incoming webhooks.
public struct AlertSettings: Sendable, Hashable, Codable {
    /// Beside and instead of the standard ones.
    public var rules: [AlertRule]
    public var routes: [AlertRoute]
    public var silences: [Silence]
    public var windows: [QuietWindow]
    public var hooks: [IncomingHook]
    public var lastSilence: Int64
    /// How many entries a newer release wrote that this one cannot read; they are not among the others.
    public private(set) var unreadable = 0

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
        var unreadable = 0
        func entries<Entry: Decodable>(_ key: CodingKeys) throws -> [Entry] {
            let all = try values.decodeIfPresent([ReadableEntry<Entry>].self, forKey: key) ?? []
            unreadable += all.count { $0.entry == nil }
            return all.compactMap(\.entry)
        }
        rules = try entries(.rules)
        routes = try entries(.routes)
        silences = try entries(.silences)
        windows = try entries(.windows)
        hooks = try entries(.hooks)
        lastSilence = try values.decodeIfPresent(Int64.self, forKey: .lastSilence) ?? 0
        self.unreadable = unreadable
    }
}

/// An entry, or nothing where a newer release wrote what this one cannot read.
private struct ReadableEntry<Entry: Decodable>: Decodable {
    let entry: Entry?

    init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
}
