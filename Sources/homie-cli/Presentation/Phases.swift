internal import HomieConsole
internal import HomieModel

extension ServiceStatus.Phase {
    var style: Style {
        switch self {
        case .waiting, .stopped: .faint
        case .working, .starting: .busy
        case .running, .healthy, .completed: .good
        case .unhealthy, .failed: .bad
        }
    }

    /// True when the service is where it should be.
    var isWell: Bool {
        switch self {
        case .running, .healthy, .completed: true
        case .waiting, .working, .starting, .unhealthy, .failed, .stopped: false
        }
    }
}

extension ServiceStatus {
    /// `healthy`, or with several replicas `starting (1 of 3 run)`.
    var phaseText: String {
        replicas > 1 && running != replicas ? "\(phase.rawValue) (\(running) of \(replicas) run)" : phase.rawValue
    }

    var progress: ProgressRow {
        let state: ProgressRow.State =
            switch phase {
            case .waiting: .waiting
            case .working, .starting: .working
            case .running, .healthy, .completed, .stopped: .done
            case .unhealthy, .failed: .failed
            }
        let text = [phaseText, reason].compactMap { $0 }.joined(separator: ": ")
        return ProgressRow(name: service.text, state: state, text: text)
    }
}

extension ContainerStatus {
    var stateText: String {
        switch state {
        case .running: health == .none ? "running" : health.rawValue
        case .exited, .dead: "\(state.rawValue) (\(exitCode))"
        case .created, .paused, .restarting, .removing: state.rawValue
        }
    }

    var style: Style {
        switch state {
        case .running: health == .unhealthy ? .bad : health == .starting ? .busy : .good
        case .exited: exitCode == 0 ? .faint : .bad
        case .dead: .bad
        case .created, .paused, .restarting, .removing: .busy
        }
    }
}

extension StackStatus {
    /// One word for the whole stack, and how it looks.
    var summary: Cell {
        if isLeaving { return Cell("leaving", .busy) }
        if deployment?.state == .running { return Cell("deploying", .busy) }
        if services.contains(where: { $0.phase == .failed || $0.phase == .unhealthy }) {
            return Cell("degraded", .bad)
        }
        return isConverged ? Cell("good", .good) : Cell("changing", .busy)
    }
}

extension Finding.Level {
    var style: Style {
        switch self {
        case .ok: .good
        case .notice: .plain
        case .warning: .warning
        case .error: .bad
        }
    }
}

extension EventRecord.Severity {
    var style: Style {
        switch self {
        case .info: .plain
        case .warning: .warning
        case .error: .bad
        }
    }
}
