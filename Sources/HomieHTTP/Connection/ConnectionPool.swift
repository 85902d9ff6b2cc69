internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Connections to one socket that wait for their next request. At most ``limit`` are kept.
final class ConnectionPool: Sendable {
    /// How connections know their pool without keeping it alive.
    final class Reference: Sendable {
        private let pool = Mutex(WeakPool())

        func point(to pool: ConnectionPool) { self.pool.withLock { $0.pool = pool } }

        func release(_ channel: any Channel) {
            if let pool = pool.withLock({ $0.pool }) { pool.release(channel) } else { channel.close(promise: nil) }
        }

        func forget(_ channel: any Channel) { pool.withLock { $0.pool }?.forget(channel) }
    }

    private struct WeakPool: Sendable {
        weak var pool: ConnectionPool?
    }

    let socketPath: String
    private let group: any EventLoopGroup
    private let limit: Int
    private let connectTimeout: Duration
    private let reference = Reference()
    private let idle = Mutex<[any Channel]>([])

    init(socketPath: String, group: any EventLoopGroup, limit: Int, connectTimeout: Duration) {
        self.socketPath = socketPath
        self.group = group
        self.limit = limit
        self.connectTimeout = connectTimeout
        reference.point(to: self)
    }

    deinit {
        for channel in idle.withLock({ $0 }) { channel.close(promise: nil) }
    }

    /// The connection that was used last, if one waits.
    func takeIdle() -> (any Channel)? {
        idle.withLock { waiting in
            while let channel = waiting.popLast() { if channel.isActive { return channel } }
            return nil
        }
    }

    /// - Throws: what the system said when it refused; a full queue of the listener is waited for.
    func connect() async throws -> any Channel {
        let clock = ContinuousClock()
        let end = clock.now + connectTimeout
        while true {
            do {
                return try await connectOnce()
            } catch let error as IOError where error.errnoCode == EAGAIN && clock.now < end {
                try await clock.sleep(for: .milliseconds(5))
            }
        }
    }

    private func connectOnce() async throws -> any Channel {
        let reference = reference
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        HTTPRequestEncoder(),
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)),
                        ExchangeHandler(pool: reference)
                    )
                }
            }
        return try await bootstrap.connect(unixDomainSocketPath: socketPath).get()
    }

    func release(_ channel: any Channel) {
        let isKept = idle.withLock { waiting in
            guard waiting.count < limit else { return false }
            waiting.append(channel)
            return true
        }
        if !isKept { channel.close(promise: nil) }
    }

    func forget(_ channel: any Channel) { idle.withLock { $0.removeAll { $0 === channel } } }
}
