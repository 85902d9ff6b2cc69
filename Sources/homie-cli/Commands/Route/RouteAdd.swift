public import ArgumentParser
internal import HomieAPI
internal import HomieConsole
public import HomieModel

extension RouteName: ExpressibleByArgument {
    public init?(argument: String) { try? self.init(parsing: argument) }
}

extension GatewayRoute.Access: ExpressibleByArgument {}
extension GatewayRoute.Balance: ExpressibleByArgument {}
extension GatewayRoute.Scheme: ExpressibleByArgument {}

/// `homie route add`
struct RouteAdd: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Makes or replaces a route beside those of the Compose files.",
        discussion: """
            It leads to a service, or to any address of the device's networks. Without --name it is reached as ROUTE.<device>.local.
            Names that are no service's lead to it by the path /ROUTE/, too; over HTTPS at a port of its own (gateway-path-port, 444).

            Example:
              homie route add photos --service media/photos --port 2342 --name photos.example.org --auth user
              homie route add heating --address http://192.168.1.20:8123
              homie route add router --address https://192.168.1.1 --server-name router.lan --ca router-ca.pem
            """
    )

    @Argument(help: "What the route is called.")
    var route: RouteName
    @Option(help: ArgumentHelp("The service it leads to; needs --port.", valueName: "stack/service"))
    var service: String?
    @Option(help: "The port the service listens on.")
    var port: UInt16?
    @Option(help: ArgumentHelp("Where else it leads to, e.g. http://192.168.1.20:8123.", valueName: "address"))
    var address: String?
    @Option(help: "How the service speaks: http, https or h2c.")
    var scheme: GatewayRoute.Scheme?
    @Option(
        name: .customLong("server-name"),
        help: ArgumentHelp(
            "The name in the other side's certificate; an https address's own when absent.",
            valueName: "host"
        )
    )
    var serverName: String?
    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp("The authority that signed it, instead of those the device trusts.", valueName: "file")
    )
    var authority: String?
    @Flag(name: .customLong("insecure"), help: "Any certificate of the other side will do.")
    var isInsecure = false
    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("A full name it is reached by; may be repeated.", valueName: "host")
    )
    var names: [String] = []
    @Option(help: "Where it begins on these names.")
    var path: String?
    @Flag(name: .customLong("strip-path"), help: "The service sees paths without that.")
    var stripsPath = false
    @Flag(name: .customLong("no-path-form"), help: "It is not reached by the path /ROUTE/.")
    var hasNoPathForm = false
    @Option(help: "Who may use it: none, user, operator or admin.")
    var auth: GatewayRoute.Access?
    @Flag(name: .customLong("tls-only"), help: "Plain HTTP is answered with a redirect.")
    var requiresTLS = false
    @Option(help: "Which replica gets a request: round-robin, least-connections or client.")
    var balance: GatewayRoute.Balance?
    @Option(
        name: .customLong("max-body"),
        help: ArgumentHelp("The largest request body, e.g. 100m.", valueName: "size")
    )
    var maximumBody: String?
    @Option(help: ArgumentHelp("How long the service may be silent, e.g. 90s.", valueName: "time"))
    var timeout: String?
    @Option(help: ArgumentHelp("A path that answers 2xx or 3xx when it can serve.", valueName: "path"))
    var health: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (service == nil) != (address == nil) else { throw ValidationError("give either --service or --address") }
        guard service == nil || port != nil else { throw ValidationError("--service needs --port") }
        guard address == nil || (port == nil && scheme == nil) else {
            throw ValidationError("the address says port and scheme already")
        }
        guard !isInsecure || authority == nil else { throw ValidationError("--insecure needs no --ca") }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let made = try await client.put(try block(in: surroundings), as: route)
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(made))
        } else {
            let names = names.first ?? "/\(route)/"
            try surroundings.console.output.print("'\(made.name)' leads from \(names) to \(made.target)")
        }
        return .done
    }

    private func block(in surroundings: Surroundings) throws -> JSONValue {
        var members: [String: JSONValue] = [:]
        if isInsecure { members["verify"] = false }
        members["server_name"] = serverName.map(JSONValue.string)
        members["ca"] = try authority.map { .string(try surroundings.text(of: $0)) }
        members["service"] = service.map(JSONValue.string)
        members["address"] = address.map(JSONValue.string)
        members["port"] = port.map { .integer(Int64($0)) }
        members["scheme"] = scheme.map { .string($0.rawValue) }
        if !names.isEmpty { members["hosts"] = .array(names.map(JSONValue.string)) }
        members["path"] = path.map(JSONValue.string)
        if stripsPath { members["strip_path"] = true }
        if hasNoPathForm { members["path_form"] = false }
        members["auth"] = auth.map { .string($0.rawValue) }
        if requiresTLS { members["tls"] = "required" }
        members["balance"] = balance.map { .string($0.rawValue) }
        members["max_body"] = maximumBody.map(JSONValue.string)
        members["timeout"] = timeout.map(JSONValue.string)
        members["health"] = health.map(JSONValue.string)
        return .object(members)
    }
}

/// `homie route rm`
struct RouteRemove: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a route that was made with 'homie route add'.",
        discussion: """
            Example:
              homie route rm heating
            """
    )

    @Argument(help: "What the route is called.")
    var route: RouteName
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let known = try await client.routes().first { $0.name == route }
        if !consent.isDryRun, !consent.isGiven {
            let prompt = Prompt(surroundings: surroundings)
            try prompt.confirm("Remove the route '\(route)'?", deed: "removing the route '\(route)'")
        }
        guard !consent.isDryRun else {
            let words = known == nil ? "there is no route '\(route)'" : "'\(route)' would be removed"
            try surroundings.console.output.print(words)
            return .done
        }
        let removed = try await client.removeRoute(route)
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(removed))
        } else {
            try surroundings.console.output.print("'\(route)' to \(removed.target) is removed")
        }
        return .done
    }
}
