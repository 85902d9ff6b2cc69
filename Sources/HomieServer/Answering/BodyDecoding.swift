import HomieAPI
import HomieModel

/// Makes records of bodies that fit their schema.
enum BodyDecoding {
    /// - Throws: the record's own `UserFacingError`, or `RequestError.badBody` with the place.
    static func value<Value: Decodable>(_ type: Value.Type, from body: JSONValue) throws -> Value {
        do {
            return try JSONText.value(type, from: body.jsonBytes)
        } catch let error as any UserFacingError {
            throw error
        } catch let error as DecodingError {
            throw RequestError.badBody([violation(error)])
        }
    }

    private static func violation(_ error: DecodingError) -> SchemaViolation {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map { "/\($0.stringValue)" }.joined()
        }
        return switch error {
        case .keyNotFound(let key, let context):
            SchemaViolation(path: "\(path(context))/\(key.stringValue)", message: "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            SchemaViolation(path: path(context), message: "is not what belongs there")
        @unknown default: SchemaViolation(path: "", message: "cannot be read")
        }
    }
}
