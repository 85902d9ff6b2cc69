/// What is asked of the signature of a service's image, as its file says.
///
/// ```yaml
/// labels:
///   io.homie.signature: required   # or on, off
/// x-homie:
///   signature:                     # or required, on, off
///     required: true               # an image that no known key signed is not deployed
///     key: vendor                  # /etc/homie/image-keys/vendor.pub, or the key itself as PEM
/// ```
public struct SignatureRules: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable {
        /// Nobody looks for one.
        case off
        /// One is looked for, and told of.
        case report = "on"
        /// Without one that holds, the image is not deployed.
        case required
    }

    public var mode = Mode.report
    /// The one key that counts: its name, or its text (PEM). Nil: every key of the device does.
    public var key: String?

    public init() {}

    /// - Parameters:
    ///   - homie: the service's `x-homie` block.
    ///   - labels: the service's labels.
    /// - Throws: ``HealthRuleError`` naming the first key that is wrong.
    public init(homie: JSONValue?, labels: [String: String]) throws(HealthRuleError) {
        if let word = labels["io.homie.signature"] {
            mode = try Self.mode(.string(word), at: ["labels", "io.homie.signature"])
        }
        guard let value = homie?["signature"] else { return }
        let place = ["x-homie", "signature"]
        guard value.objectValue != nil else {
            mode = try Self.mode(value, at: place)
            return
        }
        let block = try RuleBlock(value, at: place, known: ["required", "key"])
        if let isRequired = try block.flag("required") { mode = isRequired ? .required : .report }
        key = try block.text("key")
        if let key, !key.hasPrefix(Self.beginning), !Self.isName(key) {
            throw block.error("key", "is neither a key's name nor a key", hint: "write 'vendor' for vendor.pub, or PEM")
        }
    }

    private static let beginning = "-----BEGIN PUBLIC KEY-----"

    /// The key's text where the file has it in itself.
    public var ownKey: String? { key.flatMap { $0.hasPrefix(Self.beginning) ? $0 : nil } }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 100 && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    private static func mode(_ value: JSONValue, at keys: [String]) throws(HealthRuleError) -> Mode {
        // YAML 1.1 reads `on` and `off` as true and false.
        switch value {
        case .bool(true): return .report
        case .bool(false): return .off
        default:
            guard let mode = value.stringValue.flatMap({ Mode(rawValue: $0) }) else {
                throw HealthRuleError(
                    keys: keys,
                    problem: "is not one of required, on, off",
                    hint: "write 'required', or a block with 'required' and 'key'"
                )
            }
            return mode
        }
    }
}

extension ServiceDefinition {
    /// What is asked of its image's signature. A file with a mistake in it is refused before it gets to be a definition.
    public var signatureRules: SignatureRules {
        guard homie?["signature"] != nil || labels["io.homie.signature"] != nil else { return SignatureRules() }
        do {
            return try SignatureRules(homie: homie, labels: labels)
        } catch {
            // It cannot come to this; if it does, the stricter reading holds.
            var rules = SignatureRules()
            rules.mode = .required
            return rules
        }
    }
}
