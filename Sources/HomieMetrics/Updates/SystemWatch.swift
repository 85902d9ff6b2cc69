public import HomieModel
public import HomieSupervisor

/// What is known of the device's operating system without asking at every scrape, which would start a program each time.
public actor SystemWatch {
    private let control: any SystemControl
    private let uptime: @Sendable () -> TimeSpan
    private var latest: SystemStatus?
    private var askedAt: TimeSpan?

    /// What was asked less than this ago is told without a question.
    public static let age = TimeSpan.seconds(300)

    public init(_ control: any SystemControl, uptime: @escaping @Sendable () -> TimeSpan) {
        self.control = control
        self.uptime = uptime
    }

    /// As of the last question, whose answer the next caller gets; nil before the first answer, and where the system is
    /// somebody else's.
    public var status: SystemStatus? {
        let now = uptime()
        if askedAt.map({ now.nanoseconds - $0.nanoseconds >= Self.age.nanoseconds }) ?? true {
            askedAt = now
            Task { await self.ask() }
        }
        return latest
    }

    /// Asks now.
    public func ask() async {
        do {
            latest = try await control.status()
        } catch {
            // There is none, or it is busy with an install: what is known grows old and goes.
            latest = nil
        }
    }
}
