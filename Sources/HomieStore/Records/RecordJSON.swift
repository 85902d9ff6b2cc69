import FoundationEssentials
import HomieSupervisor

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

    /// Like ``text(_:of:)``, sealed: `{"sealed":"<Base64>"}`.
    static func sealed(_ value: some Encodable, of what: String, by box: SecretBox) throws -> String {
        let plain = try text(value, of: what)
        do {
            return try text(Envelope(sealed: box.sealText(Array(plain.utf8), for: what)), of: what)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.unreadableRecord(what, underlying: error)
        }
    }

    /// What ``sealed(_:of:by:)`` or ``text(_:of:)`` was given.
    static func opened<Value: Decodable>(_ text: String, of what: String, by box: SecretBox) throws -> Value {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8)) else {
            return try value(text, of: what)
        }
        let plain: [UInt8]
        do {
            plain = try box.openText(envelope.sealed, for: what)
        } catch {
            throw StoreError.sealedOtherwise(what, underlying: error)
        }
        return try value(String(decoding: plain, as: UTF8.self), of: what)
    }

    private struct Envelope: Codable {
        var sealed: String
    }

    static func value<Value: Decodable>(_ text: String, of what: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw StoreError.unreadableRecord(what, underlying: error)
        }
    }
}
