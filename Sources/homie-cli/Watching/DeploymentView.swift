internal import HomieConsole
internal import HomieModel

/// Shows a deployment while it runs: a block that is redrawn on a terminal, a line for each change elsewhere.
struct DeploymentView {
    private let stream: ConsoleStream
    private let isShown: Bool
    private let deployment: DeploymentRecord
    private var frame = ProgressFrame()
    private var log = ProgressLog()
    private var rows: [ProgressRow] = []

    init(stream: ConsoleStream, isShown: Bool, deployment: DeploymentRecord) {
        self.stream = stream
        self.isShown = isShown
        self.deployment = deployment
    }

    mutating func show(_ stack: StackStatus?, elapsed: TimeSpan) throws {
        guard isShown else { return }
        rows = Self.rows(stack)
        if stream.isTerminal { try draw(elapsed, isLast: false) } else { try stream.write(log.lines(rows)) }
    }

    /// Time has passed.
    mutating func tick(elapsed: TimeSpan) throws {
        if isShown, stream.isTerminal { try draw(elapsed, isLast: false) }
    }

    /// The last picture stays.
    mutating func finish(_ stack: StackStatus?, elapsed: TimeSpan) throws {
        guard isShown, stream.isTerminal else { return }
        rows = Self.rows(stack)
        if rows.isEmpty { try finish() } else { try draw(elapsed, isLast: true) }
    }

    /// The picture goes.
    mutating func finish() throws {
        if isShown, stream.isTerminal { try stream.write(frame.clear()) }
    }

    private mutating func draw(_ elapsed: TimeSpan, isLast: Bool) throws {
        guard let size = stream.size else { return }
        let title = "\(deployment.kind.title) \(deployment.stack) (\(TimeText.elapsed(elapsed)))"
        try stream.write(frame.draw(title: title, rows: rows, size: size, palette: stream.palette, isLast: isLast))
    }

    private static func rows(_ stack: StackStatus?) -> [ProgressRow] {
        (stack?.services ?? []).sorted { $0.service < $1.service }.map(\.progress)
    }
}

extension DeploymentRecord.Kind {
    fileprivate var title: String {
        switch self {
        case .up: "Deploying"
        case .rollback: "Rolling back"
        case .down: "Removing"
        case .adopt: "Adopting"
        }
    }
}
