public import HomieModel

/// The OpenAPI 3.1 description of the API, rendered from the table of endpoints (<https://spec.openapis.org/oas/v3.1.0>).
public enum OpenAPIDocument {
    /// - Parameter version: the daemon's release.
    public static func rendered(version: String, endpoints: [Endpoint] = Endpoint.all) -> JSONValue {
        var paths: [String: JSONValue] = [:]
        for endpoint in endpoints {
            var item = paths[endpoint.path]?.objectValue ?? [:]
            item[endpoint.method.rawValue.lowercased()] = operation(endpoint)
            paths[endpoint.path] = .object(item)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Homie",
                "version": .string(version),
                "description": "The supervisor of a home-lab appliance: Compose projects, kept running.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/", "description": "the daemon's Unix socket, or the device itself over HTTPS"]],
            "paths": .object(paths),
            "security": [["token": []], ["cookie": []]],
            "components": [
                "schemas": .object(schemas(endpoints)),
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "an API token, or a session's; over the Unix socket none is needed",
                    ],
                    "cookie": ["type": "apiKey", "in": "cookie", "name": "__Host-homie_api"],
                ],
            ],
        ]
    }

    /// Those that are sent are closed.
    private static func schemas(_ endpoints: [Endpoint]) -> [String: JSONValue] {
        let sent = endpoints.compactMap(\.body).map(\.referenced).reduce(into: []) { $0.formUnion($1) } as Set<String>
        var rendered: [String: JSONValue] = [:]
        for (name, schema) in Schema.components { rendered[name] = schema.rendered(isClosed: sent.contains(name)) }
        return rendered
    }

    private static func operation(_ endpoint: Endpoint) -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .string(endpoint.operation.rawValue),
            "summary": .string(endpoint.summary),
            "responses": responses(endpoint),
        ]
        switch endpoint.operation.requirement {
        case .nobody: operation["security"] = []
        case .signedIn: break
        case .role(let role, let scope):
            operation["x-homie-role"] = .string(role.rawValue)
            operation["x-homie-scope"] = .string(scope.description)
        }
        if endpoint.deprecation != nil { operation["deprecated"] = true }
        let parameters = endpoint.pathParameters.map(pathParameter) + endpoint.query.map(queryParameter)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = endpoint.body {
            operation["requestBody"] = [
                "required": .bool(endpoint.isBodyRequired),
                "content": [ContentType.json: ["schema": body.rendered]],
            ]
        }
        return .object(operation)
    }

    private static func pathParameter(_ name: String) -> JSONValue {
        let schema: Schema =
            switch name {
            case "stack": .string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
            // All names but '.' and '..', which are no segments of a path.
            case "service", "job":
                .string(
                    pattern: #"^([a-zA-Z0-9_-]|\.[a-zA-Z0-9_-]|\.\.[a-zA-Z0-9._-])[a-zA-Z0-9._-]*$"#,
                    length: 1...128
                )
            case "trace": .string(pattern: "^[0-9a-f]{32}$")
            case "deployment", "run", "silence": .integer(minimum: 1, maximum: .max)
            case "rule", "route", "window", "hook": .string(pattern: AlertName.pattern)
            case "user": .string(pattern: UserName.pattern)
            case "session", "token": .string(pattern: "^[0-9A-Za-z]{8}$")
            default: .string(pattern: ContainerReference.pattern)
            }
        var parameter: [String: JSONValue] = [
            "name": .string(name), "in": "path", "required": true, "schema": schema.rendered,
        ]
        parameter["example"] = examples[name]
        return .object(parameter)
    }

    private static let examples: [String: JSONValue] = [
        "stack": "shop", "service": "web", "job": "dump", "user": "ann", "container": "shop-web-1",
    ]

    private static func queryParameter(_ parameter: Endpoint.QueryParameter) -> JSONValue {
        [
            "name": .string(parameter.name),
            "in": "query",
            "required": .bool(parameter.isRequired),
            "description": .string(parameter.note),
            "schema": parameter.shape.schema.rendered,
        ]
    }

    private static func responses(_ endpoint: Endpoint) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for answer in endpoint.answers {
            var content = responses["\(answer.status)"]?["content"]?.objectValue ?? [:]
            content[answer.contentType] = ["schema": answer.schema.rendered]
            let note = responses["\(answer.status)"]?["description"] ?? .string(answer.note)
            responses["\(answer.status)"] = ["description": note, "content": .object(content)]
        }
        let problem: JSONValue = [ContentType.problem: ["schema": Schema.reference("Problem").rendered]]
        for kind in endpoint.errors + [.failed] {
            responses["\(kind.httpStatus)"] = ["description": .string(kind.title), "content": problem]
        }
        if endpoint.operation.requirement != .nobody {
            responses["401"] = ["description": "nobody is signed in, or the token is not good", "content": problem]
            responses["403"] = ["description": .string(ErrorKind.refused.title), "content": problem]
        }
        responses["429"] = [
            "description": "too many requests; 'Retry-After' says how long to wait", "content": problem,
        ]
        responses["default"] = ["description": "any other problem", "content": problem]
        return .object(responses)
    }
}
