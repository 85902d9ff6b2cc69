internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie route test`
struct RouteTest: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Says which route an address takes and why, and asks it.",
        discussion: """
            The gateway is asked from where it runs: no name server needs to know the name. Ends with 3 when no route takes it,
            with 6 when the gateway has no answer below 500.

            Example:
              homie route test https://photos.homie.local/albums
              homie route test http://192.168.1.10/photos/ --no-ask
            """
    )

    @Argument(help: "What a client would ask for.")
    var url: String
    @Flag(name: .customLong("no-ask"), help: "Only look: nothing is sent to the service.")
    var onlyLooks = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let address = url.contains("://") ? url : "https://\(url)"
        let trace = try await connection.client(in: surroundings).trace(address, asks: !onlyLooks)
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(trace))
        } else {
            for line in Self.lines(trace) { try surroundings.console.output.print(SafeText.line(line)) }
        }
        if trace.outcome == .nowhere { return .ended(.notFound) }
        guard let answer = trace.answer else { return .done }
        return (answer.status ?? 599) < 500 ? .done : .ended(.unhealthy)
    }

    static func lines(_ trace: RouteTrace) -> [String] {
        var lines = [trace.url]
        lines += trace.steps.map { "  \($0)" }
        guard let answer = trace.answer else { return lines }
        if let status = answer.status {
            let time = answer.milliseconds.map { " after \(($0 * 10).rounded() / 10) ms" } ?? ""
            let place = answer.location.map { ", and sends the client to \($0)" } ?? ""
            lines.append("  the gateway answers \(status)\(time)\(place)")
        } else {
            lines.append("  the gateway does not answer: \(answer.problem ?? "it does not say why")")
        }
        return lines
    }
}
