@preconcurrency internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Ctrl-C and the request to end, as a stream instead of a sudden death.
enum Interrupts {
    /// From the first element asked for until the stream is let go of, SIGINT and SIGTERM no longer end the process.
    @Sendable static func stream() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let sources = [SIGINT, SIGTERM].map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield() }
                source.resume()
                return SignalSource(number: number, source: source)
            }
            continuation.onTermination = { _ in for source in sources { source.cancel() } }
        }
    }

    private struct SignalSource: Sendable {
        let number: Int32
        let source: any DispatchSourceSignal

        func cancel() {
            source.cancel()
            signal(number, SIG_DFL)
        }
    }
}
