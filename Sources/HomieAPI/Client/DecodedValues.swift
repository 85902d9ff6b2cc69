/// The values in a stream of bytes, asked for one by one, so that a slow reader slows the sender.
actor DecodedValues<Value: Sendable, State: Sendable> {
    private var pieces: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator
    private var state: State
    private let read: @Sendable ([UInt8], inout State) throws -> [Value]
    private var decoded: ArraySlice<Value> = []

    init(
        _ body: AsyncThrowingStream<[UInt8], any Error>,
        state: State,
        read: @escaping @Sendable ([UInt8], inout State) throws -> [Value]
    ) {
        pieces = body.makeAsyncIterator()
        self.state = state
        self.read = read
    }

    /// The next value; nil when the bytes have ended.
    func next() async throws -> Value? {
        while decoded.isEmpty {
            var current = pieces
            guard let piece = try await current.next(isolation: #isolation) else { return nil }
            pieces = current
            decoded = try read(piece, &state)[...]
        }
        return decoded.popFirst()
    }
}
