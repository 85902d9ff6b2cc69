internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie route`
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "How services are reached through the gateway.",
        discussion: """
            Example:
              homie route ls
              homie route add heating --address http://192.168.1.20:8123 --name heating.example.org
              homie route test https://photos.homie.local/albums
            """,
        subcommands: [RouteList.self, RouteAdd.self, RouteRemove.self, RouteTest.self],
        defaultSubcommand: RouteList.self
    )
}

/// `homie route ls`
struct RouteList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the routes, their addresses and the replicas behind them.",
        discussion: """
            Example:
              homie route ls shop
            """
    )

    @Argument(help: "Only this stack's.")
    var stack: StackName?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print only addresses.")
    var isQuiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let form: ListForm = output.isJSON ? .json : isQuiet ? .quiet : .table
        let routes = try await connection.client(in: surroundings).routes().filter { stack == nil || $0.stack == stack }
        try surroundings.console.output.print(Listings.routes(routes), as: form)
        return .done
    }
}

extension Listings {
    static func routes(_ routes: [RouteStatus]) -> Listing<RoutesAnswer> {
        Listing(
            RoutesAnswer(routes: routes),
            rows: routes,
            columns: [
                Column("ROUTE") { Cell($0.name?.text ?? "") },
                Column("STACK") { Cell($0.stack?.text ?? "") },
                Column("SERVICE") { Cell($0.service?.text ?? $0.address ?? "nothing", .strong) },
                Column("VERSION") { Cell($0.version ?? "") },
                Column("ADDRESS") { Cell($0.urls.first ?? "none") },
                Column("MDNS") { Cell(mdns($0)) },
                Column("FOR") { Cell($0.access == .anyone ? "anyone" : $0.access.rawValue) },
                Column("SERVING", .right) { route in
                    Cell("\(route.replicas.count { $0.state == .serving })/\(route.replicas.count)")
                },
                Column("PROBLEM") { Cell($0.problem ?? "") },
            ],
            nothing: "No service is exposed; the label io.homie.expose: \"80\" does it.",
            identity: { $0.urls.first ?? "" }
        )
    }

    /// Whether others find a route's first name under `.local`.
    private static func mdns(_ route: RouteStatus) -> String {
        let worst = [PublishedName.State.failed, .taken, .waiting, .published]
        return worst.first { state in route.published.contains { $0.state == state } }?.rawValue ?? ""
    }
}
