/// What tells, of a request to a route itself, that it is for one of the route's versions.
///
/// ```yaml
/// versions:
///   v2: {service: next, header: {X-Version: 2}, cookie: {beta: "yes"}, weight: 10}
/// ```
public struct VersionMark: Sendable, Hashable, Codable {
    public enum Place: String, Sendable, Hashable, Codable, CaseIterable {
        case header, cookie
    }

    public var place: Place
    /// In lower case where it is a header field's.
    public var name: String
    /// Exactly.
    public var value: String

    public init(_ place: Place, name: String, value: String) {
        self.place = place
        self.name = place == .header ? name.lowercased() : name
        self.value = value
    }

    /// As people say it.
    public var words: String {
        switch place {
        case .header: "the header field '\(name): \(value)'"
        case .cookie: "the cookie '\(name)=\(value)'"
        }
    }
}

extension RouteVersion {
    /// Whether requests to the route itself may come to it.
    public var isPicked: Bool { !marks.isEmpty || weight > 0 }
}

extension RouteVersionsBlock {
    static let pickKeys = ["cookie", "header", "weight"]

    /// `{NAME: VALUE}`, at most four: one of them is enough.
    ///
    /// - Throws: ``RouteError``
    func marks(_ place: VersionMark.Place, _ value: JSONValue, at key: String) throws(RouteError) -> [VersionMark] {
        let example = place == .header ? "{X-Version: 2}" : "{beta: yes}"
        guard let members = value.objectValue, (1...4).contains(members.count) else {
            throw reader.error(key, "is not a block of up to four names", hint: "write it like '\(example)'")
        }
        var marks: [VersionMark] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let isOurs = name.lowercased().hasPrefix("x-homie-") || name.hasPrefix("__Host-")
            guard Self.isToken(name, alsoIn: place == .header ? [0x2D] : [0x2D, 0x2E, 0x5F]), !isOurs else {
                throw reader.error(key, "has a name '\(name.prefix(40))', which no version can be picked by")
            }
            let text: String? =
                switch value {
                case .string(let text): text
                case .integer(let number): String(number)
                // YAML 1.1 reads `yes` and `on` as true.
                case .bool(let flag): flag ? "true" : "false"
                default: nil
                }
            guard let text, Self.isToken(text, alsoIn: [0x2D, 0x2E, 0x5F, 0x7E]) else {
                throw reader.error(
                    "\(key).\(name)",
                    "is not a value a version can be picked by",
                    hint: "use up to 64 letters, digits, '-', '.', '_' and '~'"
                )
            }
            marks.append(VersionMark(place, name: name, value: text))
        }
        return marks
    }

    /// - Throws: ``RouteError``
    func weight(_ value: JSONValue, at key: String) throws(RouteError) -> Int {
        guard let number = value.integerValue, (0...100).contains(number) else {
            throw reader.error(key, "is not a number from 0 to 100", hint: "of a hundred requests it gets so many")
        }
        return Int(number)
    }

    /// No request can be for two versions, and there are no more than a hundred in a hundred.
    ///
    /// - Throws: ``RouteError``
    func checkPicks(_ versions: [RouteVersion]) throws(RouteError) {
        guard versions.reduce(0, { $0 + $1.weight }) <= 100 else {
            throw reader.error(place, "has weights that add up to more than 100")
        }
        var owners: [VersionMark: String] = [:]
        for version in versions {
            for mark in version.marks {
                if let owner = owners.updateValue(version.name, forKey: mark) {
                    throw reader.error(place, "has two versions, \(owner) and \(version.name), for \(mark.words)")
                }
            }
        }
    }

    private static func isToken(_ text: String, alsoIn others: [UInt8]) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
                default: others.contains(byte)
                }
            }
    }
}
