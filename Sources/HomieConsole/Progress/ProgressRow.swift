/// One thing that is being worked on, as the progress view shows it.
public struct ProgressRow: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case waiting, working, done, failed
    }

    public var name: String
    public var state: State
    /// What it does or waits for, e.g. `starting` or `waits for database`.
    public var text: String

    public init(name: String, state: State, text: String) {
        self.name = name
        self.state = state
        self.text = text
    }

    var isFinished: Bool { state == .done || state == .failed }

    var style: Style {
        switch state {
        case .waiting: .faint
        case .working: .busy
        case .done: .good
        case .failed: .bad
        }
    }
}
