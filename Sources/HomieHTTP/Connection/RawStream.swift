internal import NIOCore

/// A connection that has left HTTP: bytes both ways, without framing.
public struct RawStream: Sendable {
    /// What the peer sends, until it closes its side.
    public let incoming: HTTPBody
    let channel: any Channel

    /// Sends bytes; returns when the system has taken them.
    public func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(Outgoing.chunk(ByteBuffer(bytes: bytes))).get()
    }

    /// Tells the peer that nothing more will come; reading goes on.
    public func closeWriting() async throws { try await channel.writeAndFlush(Outgoing.end).get() }

    /// Closes both ways.
    public func close() { channel.close(promise: nil) }
}

/// How a peer answered the request to leave HTTP.
public enum HTTPUpgrade: Sendable {
    case upgraded(RawStream)
    /// The peer answered as usual instead, e.g. with an error.
    case refused(HTTPResponse)
}
