internal import Synchronization

/// Asks for the head of a document alone (HEAD; RFC 9110, section 9.3.2).
public struct HeadRequest: Sendable {
    /// Status and header fields; names in lower case.
    public struct Answer: Sendable, Hashable {
        public var status: Int
        public var fields: [String: String]
    }

    private let settings: TransferSettings

    public init(settings: TransferSettings = TransferSettings()) { self.settings = settings }

    /// - Parameter headers: lines such as `Accept: application/json`.
    /// - Throws: ``TransferError``, `CancellationError`; a status that is no success is an answer, too.
    public func ask(_ url: String, headers: [String] = []) async throws -> Answer {
        let sink = HeadSink()
        var request = CurlRequest(url: url, settings: settings, headers: headers)
        request.isHeadOnly = true
        try await request.run(sink)
        let head = sink.head.withLock { $0 }
        return Answer(status: head.status, fields: head.fields)
    }
}
