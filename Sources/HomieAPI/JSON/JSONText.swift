import FoundationEssentials
import HomieModel

/// JSON text of values and records: keys sorted, no spaces, slashes as they are.
public enum JSONText {
    /// - Throws: `EncodingError` when a number of a record is not finite.
    public static func bytes(_ value: some Encodable) throws -> [UInt8] {
        if let value = value as? JSONValue { return value.jsonBytes }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// - Throws: `DecodingError`
    public static func value<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
