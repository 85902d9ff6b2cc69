internal import HomieHTTP
internal import HomieModel
public import HomieSupervisor

extension DockerEngine {
    /// Lines are fetched at the reader's pace.
    public func logs(_ id: String, options: LogOptions) async throws -> AsyncThrowingStream<LogLine, any Error> {
        let action = "read the log of container '\(Self.shown(id))'"
        var query: [(name: String, value: String)] = [("stdout", "1"), ("stderr", "1"), ("timestamps", "1")]
        if options.follows { query.append(("follow", "1")) }
        if let tail = options.tail { query.append(("tail", String(tail))) }
        if let since = options.since { query.append(("since", since.engineText)) }
        let call = EngineCall(
            .get,
            "/containers/\(EngineCall.segment(id))/logs",
            query: query,
            action: action
        )
        // Engines before API 1.42 do not say which of the two formats they send.
        var hasTTY: Bool?
        if try await connection.version() < APIVersion(major: 1, minor: 42) {
            guard let inspection = try await inspect(id) else { throw SupervisorError.noContainer(id) }
            hasTTY = inspection.Config.Tty
        }
        let response: HTTPResponse
        do {
            response = try await connection.send(call.waiting(options.follows ? nil : .seconds(120)))
        } catch let error as EngineError where error.failure == .noSuchContainer {
            throw SupervisorError.noContainer(id)
        }
        let isRaw = hasTTY ?? (response.fields["Content-Type"] == "application/vnd.docker.raw-stream")
        let reader = LogReader(response.body, format: isRaw ? .raw : .multiplexed)
        return AsyncThrowingStream { try await reader.next() }
    }
}

/// Reads the lines of one log.
private actor LogReader {
    private var body: HTTPBody.AsyncIterator?
    private var parser: LogParser
    private var lines: ArraySlice<LogLine> = []

    init(_ body: HTTPBody, format: LogParser.Format) {
        self.body = body.makeAsyncIterator()
        parser = LogParser(format: format)
    }

    func next() async throws -> LogLine? {
        while lines.isEmpty {
            guard var iterator = body else { return nil }
            if let piece = try await iterator.next() {
                lines = parser.push(piece)[...]
            } else {
                body = nil
                lines = parser.finish()[...]
            }
        }
        return lines.popFirst()
    }
}

extension Timestamp {
    /// Seconds with nanoseconds, as the engine reads times.
    var engineText: String {
        let rest = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: max(0, 9 - rest.count)) + rest
    }
}
