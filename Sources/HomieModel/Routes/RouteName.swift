/// The name of a route that was made by hand: `[a-z0-9][a-z0-9._-]*`, at most 63 characters.
public struct RouteName: ParsedText {
    public static let pattern = GivenName.pattern

    public let text: String

    /// - Throws: ``RouteTextError/name(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        guard GivenName.isGood(text) else { throw .name(text) }
        self.text = text
    }
}
