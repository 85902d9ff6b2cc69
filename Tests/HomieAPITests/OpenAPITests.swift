import HomieAPI
import HomieModel
import Testing

@Suite("OpenAPI document")
struct OpenAPITests {
    private let document = OpenAPIDocument.rendered(version: "1.2.3")

    @Test("it names the version and has an operation for every endpoint")
    func operations() throws {
        #expect(document["openapi"] == "3.1.0")
        #expect(document["info"]?["version"] == "1.2.3")
        let paths = try #require(document["paths"]?.objectValue)
        var found: Set<String> = []
        for (path, item) in paths {
            for (method, operation) in item.objectValue ?? [:] {
                let id = try #require(operation["operationId"]?.stringValue)
                found.insert(id)
                let endpoint = try #require(Endpoint.all.first { $0.operation.rawValue == id })
                #expect(endpoint.path == path && endpoint.method.rawValue.lowercased() == method)
                #expect(operation["responses"]?["default"] != nil)
                #expect((operation["requestBody"] != nil) == (endpoint.body != nil))
                let parameters = operation["parameters"]?.arrayValue ?? []
                #expect(parameters.count == endpoint.pathParameters.count + endpoint.query.count)
            }
        }
        #expect(found == Set(Operation.allCases.map(\.rawValue)))
    }

    @Test("every reference leads to a schema, and every schema is used")
    func references() throws {
        let schemas = try #require(document["components"]?["schemas"]?.objectValue)
        var used: Set<String> = []
        func walk(_ value: JSONValue) {
            switch value {
            case .object(let members):
                if let reference = members["$ref"]?.stringValue {
                    used.insert(String(reference.split(separator: "/").last ?? ""))
                }
                for member in members.values { walk(member) }
            case .array(let elements): for element in elements { walk(element) }
            case .null, .bool, .integer, .number, .string: break
            }
        }
        walk(document)
        #expect(used == Set(schemas.keys))
    }
}
