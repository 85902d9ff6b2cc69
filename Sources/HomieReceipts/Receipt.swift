public import HomieModel

/// What a `homie up` came to, so that the next one of the same inputs need not work it out again: which stack, by which
/// request, and all that the request was made of.
///
/// It holds digests of files, not what is in them.
public struct Receipt: Hashable, Sendable {
    public var stack: StackName
    /// The bytes of the request that was sent.
    public var request: ContentDigest
    public var serviceCount: Int
    /// The daemon's socket.
    public var socket: String
    /// What the loading of the project warned of, one sentence each.
    public var warnings: [String]
    public var observations: [Observation]

    public init(
        stack: StackName,
        request: ContentDigest,
        serviceCount: Int,
        socket: String,
        warnings: [String],
        observations: [Observation]
    ) {
        self.stack = stack
        self.request = request
        self.serviceCount = serviceCount
        self.socket = socket
        self.warnings = warnings
        self.observations = observations
    }

    private static let header = "homie receipt 1"
}

extension Receipt {
    /// Lines of text; nil when a path cannot stand on a line.
    public var text: String? {
        var lines = [Self.header, "stack \(stack)", "request \(request.hex)", "services \(serviceCount)"]
        lines.append("socket \(socket)")
        lines += warnings.map { "warning \($0)" }
        for observation in observations {
            switch observation.answer {
            case .content(let digest): lines.append("content \(digest.hex) \(observation.path)")
            case .absent: lines.append("absent \(observation.path)")
            case .fact(let kind, let answer):
                lines.append("\(kind.rawValue) \(answer ? "yes" : "no") \(observation.path)")
            }
        }
        guard !lines.contains(where: { $0.utf8.contains(0x0A) }) else { return nil }
        return (lines + ["end", ""]).joined(separator: "\n")
    }

    /// - Returns: nil for what is not a whole receipt of this form.
    public init?(parsing text: String) {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }[...]
        guard lines.popFirst() == Self.header[...], lines.popLast() == "", lines.popLast() == "end" else { return nil }
        var fields: [Substring: Substring] = [:]
        warnings = []
        observations = []
        for line in lines {
            guard let (word, rest) = Self.split(line) else { return nil }
            switch word {
            case "stack", "request", "services", "socket": fields[word] = rest
            case "warning": warnings.append(String(rest))
            default:
                guard let observation = Observation(word, rest) else { return nil }
                observations.append(observation)
            }
        }
        guard let name = fields["stack"], let stack = try? StackName(parsing: String(name)),
            let digest = fields["request"], let request = try? ContentDigest(parsing: String(digest)),
            let services = fields["services"], let serviceCount = Int(services),
            let socket = fields["socket"]
        else { return nil }
        self.stack = stack
        self.request = request
        self.serviceCount = serviceCount
        self.socket = String(socket)
    }

    fileprivate static func split(_ line: Substring) -> (Substring, Substring)? {
        guard let space = line.utf8.firstIndex(of: 0x20) else { return nil }
        return (line[..<space], line[line.utf8.index(after: space)...])
    }
}

extension Observation {
    /// A line of a receipt: its first word and the rest.
    fileprivate init?(_ word: Substring, _ rest: Substring) {
        if word == "absent" {
            self.init(path: String(rest), answer: .absent)
            return
        }
        guard let (value, path) = Receipt.split(rest) else { return nil }
        if word == "content" {
            guard let digest = try? ContentDigest(parsing: String(value)) else { return nil }
            self.init(path: String(path), answer: .content(digest))
        } else if let kind = Kind(rawValue: String(word)), value == "yes" || value == "no" {
            self.init(path: String(path), answer: .fact(kind, value == "yes"))
        } else {
            return nil
        }
    }
}
