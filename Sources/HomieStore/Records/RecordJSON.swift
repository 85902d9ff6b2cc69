import FoundationEssentials

/// Records' parts as JSON text in a column, keys sorted.
enum RecordJSON {
    static func text(_ value: some Encodable, of what: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw StoreError.unreadableRecord(what, underlying: error)
        }
    }

    static func value<Value: Decodable>(_ text: String, of what: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw StoreError.unreadableRecord(what, underlying: error)
        }
    }
}
