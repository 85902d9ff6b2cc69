internal import FoundationEssentials

/// What the engine shows a registry (Engine API, "Authentication").
struct RegistryLogin: Sendable, Hashable, Codable {
    var username: String?
    var password: String?
    var identitytoken: String?
    var serveraddress: String?

    /// The value of `X-Registry-Auth`: JSON in URL-safe base64.
    var header: String { Self.header(of: self) }

    /// Any JSON in URL-safe base64, as the engine's headers take it.
    static func header(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and dictionaries of strings always have a JSON form.
        let json = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return json.base64EncodedString()
            .replacing("+", with: "-")
            .replacing("/", with: "_")
    }
}
