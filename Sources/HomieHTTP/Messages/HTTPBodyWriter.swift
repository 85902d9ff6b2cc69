internal import NIOCore

/// Where the pieces of a streamed request body go.
public struct HTTPBodyWriter: Sendable {
    let channel: any Channel

    /// Sends a piece; returns when the system has taken it.
    public func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try Task.checkCancellation()
        try await channel.writeAndFlush(Outgoing.chunk(ByteBuffer(bytes: bytes))).get()
    }
}
