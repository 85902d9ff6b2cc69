internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie top`
struct Top: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows what services use right now: means of the last minute.",
        discussion: """
            Example:
              homie top --stack shop
            """
    )

    @Option(name: .customLong("stack"), help: ArgumentHelp("Only this stack's.", valueName: "name"))
    var stack: StackName?
    @Option(name: .customLong("by"), help: "Sort by: cpu, memory, network, disk or name.")
    var order = Order.cpu
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    enum Order: String, ExpressibleByArgument, CaseIterable {
        case cpu, memory, network, disk, name

        /// What a service is measured by; nil keeps the order of names.
        func value(_ service: UsageTable.Service) -> Double? {
            switch self {
            case .cpu: service.processors ?? 0
            case .memory: service.memory ?? 0
            case .network: (service.received ?? 0) + (service.sent ?? 0)
            case .disk: (service.read ?? 0) + (service.written ?? 0)
            case .name: nil
            }
        }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        var usage = try await connection.client(in: surroundings).usage()
        if let stack { usage.services.removeAll { $0.stack != stack.text } }
        if order != .name {
            usage.services.sort { (order.value($1) ?? 0, $0.service) < (order.value($0) ?? 0, $1.service) }
        }
        let stream = surroundings.console.output
        if !output.isJSON { try stream.write(Listings.host(usage.host)) }
        try stream.print(Listings.usage(usage), as: output.isJSON ? .json : .table)
        return .done
    }
}

extension Listings {
    static func host(_ host: UsageTable.Host) -> String {
        let parts = [
            host.processors.map { "processors \(MeasureText.share($0))" },
            host.memory.map { "memory \(MeasureText.share($0))" },
            host.load.map { "load \(MeasureText.plain($0))" },
        ]
        let known = parts.compactMap { $0 }
        return known.isEmpty ? "" : known.joined(separator: ", ") + "\n"
    }

    static func usage(_ usage: UsageTable) -> Listing<UsageTable> {
        Listing(
            usage,
            rows: usage.services,
            columns: [
                Column("STACK") { Cell($0.stack) },
                Column("SERVICE") { Cell($0.service, .strong) },
                Column("CPU", .right) { Cell($0.processors.map(MeasureText.share) ?? "") },
                Column("MEMORY", .right) { Cell($0.memory.map(MeasureText.size) ?? "") },
                Column("IN/S", .right) { Cell($0.received.map(MeasureText.size) ?? "") },
                Column("OUT/S", .right) { Cell($0.sent.map(MeasureText.size) ?? "") },
                Column("READ/S", .right) { Cell($0.read.map(MeasureText.size) ?? "") },
                Column("WRITTEN/S", .right) { Cell($0.written.map(MeasureText.size) ?? "") },
                Column("THROTTLED", .right) { service in
                    let share = service.throttled ?? 0
                    return share < 0.005 ? "" : Cell(MeasureText.share(share), .warning)
                },
            ],
            nothing: "No service has been measured yet; the first figures come after twenty seconds.",
            identity: { "\($0.stack)/\($0.service)" }
        )
    }
}
