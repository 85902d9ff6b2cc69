internal import CEpoll
internal import Dispatch
internal import Glibc
internal import HomieModel
internal import Synchronization

/// Carries conversations over TCP connections, all of them on one thread, which sleeps while nobody has anything to say.
///
/// It knows no channels, handlers and buffers: a check opens a connection, says one thing and hears one answer, and it is made
/// a million times a day.
final class TalkLoop: Sendable {
    static let shared = TalkLoop()

    /// One connection whose answer is awaited.
    private struct Talk {
        let conversation: any Conversation
        let answer: CheckedContinuation<Result<Verdict, TalkFailure>, Never>
        /// Nanoseconds of the monotonic clock.
        let deadline: UInt64
        /// What was not sent yet.
        var unsent: ArraySlice<UInt8>
        var isConnected: Bool
        var received: [UInt8] = []
    }

    private struct State {
        var talks: [Int32: Talk] = [:]
        /// When the timer goes off; nil: it does not.
        var alarm: UInt64?
    }

    private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
    private let state = Mutex(State())

    private init() {
        watch(timer, homie_epoll_in, EPOLL_CTL_ADD)
        DispatchQueue(label: "homie.checks").async { self.run() }
    }

    /// More than this is not read.
    private static let most = PageConversation.bodyLimit + ResponseHead.limit

    /// One conversation with a server, over within the limit.
    ///
    /// Between containers of one host a connection mostly stands, and the opening is sent, before the calls for it have
    /// returned: only the answer is waited for.
    func talk(
        _ conversation: some Conversation,
        _ place: SocketPlace,
        limit: TimeSpan
    ) async -> Result<Verdict, TalkFailure> {
        let deadline = Self.now() + UInt64(max(1_000_000, limit.nanoseconds))
        let socket = place.connect()
        guard socket >= 0 else { return .failure(TalkFailure(code: -socket)) }
        var unsent = conversation.opening[...]
        switch Self.advance(socket, &unsent) {
        case .failed(let code):
            close(socket)
            return .failure(TalkFailure(code: code))
        case .connected:
            if unsent.isEmpty, let verdict = conversation.judge([], isClosed: false) {
                close(socket)
                return .success(verdict)
            }
            return await add(socket, conversation, deadline, unsent, isConnected: true)
        case .waiting: return await add(socket, conversation, deadline, unsent, isConnected: false)
        }
    }

    private func add(
        _ socket: Int32,
        _ conversation: some Conversation,
        _ deadline: UInt64,
        _ unsent: ArraySlice<UInt8>,
        isConnected: Bool
    ) async -> Result<Verdict, TalkFailure> {
        await withCheckedContinuation { answer in
            let talk = Talk(
                conversation: conversation,
                answer: answer,
                deadline: deadline,
                unsent: unsent,
                isConnected: isConnected
            )
            // In one piece: once it is in the table the loop's thread may end it, and its number may be another's.
            state.withLock { state in
                state.talks[socket] = talk
                watch(socket, isConnected && unsent.isEmpty ? homie_epoll_in : homie_epoll_out, EPOLL_CTL_ADD)
                guard state.alarm.map({ deadline < $0 }) ?? true else { return }
                state.alarm = deadline
                setTimer(deadline)
            }
        }
    }

    // MARK: the thread

    private func run() -> Never {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(poll, &events, Int32(events.count), -1)
            for event in events.prefix(max(0, Int(count))) {
                if event.data.fd == timer { expire() } else { handle(event.data.fd) }
            }
        }
    }

    private func handle(_ socket: Int32) {
        guard var talk = state.withLock({ $0.talks.removeValue(forKey: socket) }) else { return }
        if !talk.isConnected || !talk.unsent.isEmpty {
            switch Self.advance(socket, &talk.unsent) {
            case .failed(let code): return end(socket, talk, .failure(TalkFailure(code: code)))
            case .waiting: break
            case .connected:
                talk.isConnected = true
                if talk.unsent.isEmpty {
                    if let verdict = talk.conversation.judge([], isClosed: false) {
                        return end(socket, talk, .success(verdict))
                    }
                    watch(socket, homie_epoll_in, EPOLL_CTL_MOD)
                }
            }
        } else if let verdict = Self.listen(socket, &talk) {
            return end(socket, talk, .success(verdict))
        }
        let kept = talk
        state.withLock { $0.talks[socket] = kept }
    }

    /// Reads what is there; the verdict when it is enough.
    private static func listen(_ socket: Int32, _ talk: inout Talk) -> Verdict? {
        while true {
            let before = talk.received.count
            let isClosed: Bool
            let count = withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
                let count = recv(socket, buffer.baseAddress, buffer.count, 0)
                if count > 0 { talk.received += buffer.prefix(count) }
                return count
            }
            switch count {
            case 1...: isClosed = talk.received.count >= most
            case 0: isClosed = true
            default:
                if errno == EAGAIN || errno == EINTR { return nil }
                return .failed("broke the connection")
            }
            if before != talk.received.count || isClosed,
                let verdict = talk.conversation.judge(talk.received, isClosed: isClosed)
            {
                return verdict
            }
            if isClosed { return .failed("closed the connection without an answer") }
        }
    }

    private func end(_ socket: Int32, _ talk: Talk, _ result: Result<Verdict, TalkFailure>) {
        close(socket)
        talk.answer.resume(returning: result)
    }

    private func expire() {
        var count: UInt64 = 0
        _ = read(timer, &count, 8)
        let now = Self.now()
        let over = state.withLock { state in
            let over = state.talks.filter { $0.value.deadline <= now }
            for socket in over.keys { state.talks[socket] = nil }
            state.alarm = state.talks.values.map(\.deadline).min()
            if let next = state.alarm { setTimer(next) }
            return over
        }
        for (socket, talk) in over {
            end(socket, talk, talk.isConnected ? .failure(.silent) : .failure(TalkFailure(code: ETIMEDOUT)))
        }
    }

    // MARK: the kernel

    private enum Progress {
        case waiting
        /// It stands; what was to be sent may not all be.
        case connected
        case failed(Int32)
    }

    /// Sends what can be sent; sending nothing shows whether the connection stands.
    private static func advance(_ socket: Int32, _ unsent: inout ArraySlice<UInt8>) -> Progress {
        guard !unsent.isEmpty else {
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size)
            if code != 0 { return .failed(code) }
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let isThere = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) == 0 }
            }
            return isThere ? .connected : .waiting
        }
        let count = unsent.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count >= 0 {
            unsent = unsent.dropFirst(count)
            return .connected
        }
        switch errno {
        case EAGAIN, ENOTCONN, EINTR: return .waiting
        case let code: return .failed(code)
        }
    }

    private func watch(_ socket: Int32, _ what: UInt32, _ how: Int32) {
        var event = epoll_event()
        event.events = what
        event.data.fd = socket
        epoll_ctl(poll, how, socket, &event)
    }

    private func setTimer(_ deadline: UInt64) {
        var time = itimerspec()
        time.it_value.tv_sec = Int(deadline / 1_000_000_000)
        time.it_value.tv_nsec = Int(deadline % 1_000_000_000)
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Why there was no conversation.
struct TalkFailure: Error, Hashable {
    /// The kernel's error number.
    var code: Int32

    /// The connection stood, and nothing came in time.
    static let silent = TalkFailure(code: 0)
}
