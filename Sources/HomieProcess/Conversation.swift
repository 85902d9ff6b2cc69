#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Writes a program's input and reads its output at the same time, so that neither fills up and stops the other.
struct Conversation {
    /// What is kept of each output, and what is read and dropped beyond it.
    private static let limit = 1 << 20

    private(set) var output: [UInt8] = []
    private(set) var complaint: [UInt8] = []
    private var input: [UInt8]
    private var written = 0
    /// Standard input, output and error; -1 once closed.
    private var descriptors: [Int32]

    init(stdin: Int32, stdout: Int32, stderr: Int32, input: [UInt8]) {
        self.input = input
        descriptors = [stdin, stdout, stderr]
        // A full pipe must not hold up the reading of the other two.
        _ = fcntl(stdin, F_SETFL, fcntl(stdin, F_GETFL) | O_NONBLOCK)
    }

    /// Talks until both outputs are closed.
    ///
    /// - Returns: false when `limit` came first.
    mutating func run(until limit: ContinuousClock.Instant) -> Bool {
        if input.isEmpty { end(0) }
        while descriptors[1] >= 0 || descriptors[2] >= 0 {
            let left = limit - .now
            guard left > .zero else { return false }
            var entries = [
                pollfd(fd: descriptors[0], events: Int16(POLLOUT), revents: 0),
                pollfd(fd: descriptors[1], events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptors[2], events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&entries, 3, Int32(min(left.components.seconds, 3600) * 1000) + 1)
            if ready == 0 { continue }
            if ready < 0 { if errno == EINTR { continue } else { return true } }
            if entries[0].revents != 0 { writeSome() }
            if entries[1].revents != 0, let bytes = take(1) { output += bytes.prefix(Self.limit - output.count) }
            if entries[2].revents != 0, let bytes = take(2) { complaint += bytes.prefix(Self.limit - complaint.count) }
        }
        return true
    }

    mutating func closeAll() { for index in 0..<3 { end(index) } }

    private mutating func end(_ index: Int) {
        guard descriptors[index] >= 0 else { return }
        _ = close(descriptors[index])
        descriptors[index] = -1
    }

    private mutating func writeSome() {
        // A program that ends early must cost an error here, not this process its life.
        var pipeSignal = sigset_t()
        var before = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
        let count = input[written...].withUnsafeBytes { write(descriptors[0], $0.baseAddress, $0.count) }
        let code = errno
        if count < 0, code == EPIPE {
            var now = timespec(tv_sec: 0, tv_nsec: 0)
            sigtimedwait(&pipeSignal, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        if count < 0, code == EINTR || code == EAGAIN { return }
        // A program may end without reading everything.
        guard count > 0 else { return end(0) }
        written += count
        if written == input.count { end(0) }
    }

    private mutating func take(_ index: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = buffer.withUnsafeMutableBytes { read(descriptors[index], $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { return nil }
        guard count > 0 else {
            end(index)
            return nil
        }
        return Array(buffer.prefix(count))
    }
}
