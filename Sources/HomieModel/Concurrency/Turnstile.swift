/// Lets one through at a time, in the order they came, so that nothing changes between a condition and what hangs on it.
///
/// What has begun is finished, also when whoever asked for it has gone.
public actor Turnstile {
    private var last: Task<Void, Never>?

    public init() {}

    /// - Throws: what `body` throws.
    public func pass<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let previous = last
        let turn = Task {
            await previous?.value
            return try await body()
        }
        last = Task { _ = await turn.result }
        return try await turn.value
    }
}
