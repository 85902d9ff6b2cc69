import HomieModel

/// What of a definition is in no label, because it may be a password. A stack that is rebuilt lacks it until its file comes
/// again; what needs it then fails, rather than being open to everybody.
///
/// Commands are in it, those of hooks and jobs, too: no one else keeps them, a container that stops needs its `pre_stop`, and
/// the engine tells whoever listens of each command that it runs.
extension DefinitionLabel {
    /// An `x-homie` block whose routes set no fields of requests: services behind a gateway are sent passwords in these.
    static func withoutFields(_ homie: JSONValue?) -> JSONValue? {
        guard var members = homie?.objectValue, let gateway = members["gateway"] else { return homie }
        members["gateway"] =
            gateway.arrayValue.map { .array($0.map(withoutFields(ofRoute:))) } ?? withoutFields(ofRoute: gateway)
        return .object(members)
    }

    private static func withoutFields(ofRoute block: JSONValue) -> JSONValue {
        guard var route = block.objectValue, var headers = route["headers"]?.objectValue,
            let fields = headers["request"]?.objectValue
        else { return block }
        // Those that are taken away from a request say nothing.
        headers["request"] = .object(fields.filter { $0.value == .null })
        route["headers"] = .object(headers)
        return .object(route)
    }

    /// Options of a driver without passwords; of a list of mount options (mount(8), `-o`) the others stay.
    static func withoutPasswords(_ options: [String: String]?) -> [String: String]? {
        options?.filter { !isPassword($0.key) }.mapValues { value in
            let parts = value.split(separator: ",", omittingEmptySubsequences: false)
            return parts.filter { part in
                part.firstIndex(of: "=").map { !isPassword(String(part[..<$0])) } ?? true
            }.joined(separator: ",")
        }
    }

    private static func isPassword(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["pass", "secret", "token"].contains { name.contains($0) }
    }
}
