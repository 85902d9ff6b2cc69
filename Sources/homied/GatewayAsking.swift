import HomieGateway
import HomieModel
import HomieTransfer

/// Sends requests to the gateway itself, for `homie route test`.
enum GatewayAsking {
    static func ask(_ question: GatewayQuestion) async -> RouteTrace.Answer {
        let host = question.host.contains(":") ? "[\(question.host)]" : question.host
        let settings = TransferSettings(
            connectTimeLimit: .seconds(3),
            stallTimeLimit: .seconds(10),
            certificateAuthority: question.authority,
            connectTo: "\(host):\(question.port)"
        )
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let request = WebRequest("GET", question.url)
            let answer = try await WebClient(settings: settings).send(request, limit: ByteCount(bytes: 4 << 20))
            let (seconds, attoseconds) = (clock.now - start).components
            return RouteTrace.Answer(
                status: answer.status,
                milliseconds: (Double(seconds) * 1e3 + Double(attoseconds / 1_000_000_000_000) / 1e3),
                location: answer.fields["location"]
            )
        } catch let error as any UserFacingError {
            return RouteTrace.Answer(problem: error.summary)
        } catch {
            return RouteTrace.Answer(problem: "\(error)")
        }
    }
}
