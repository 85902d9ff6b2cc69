import HomieModel

extension RolloutPlanner {
    /// Steps through the shares: each lasts its time, is judged by what both versions answered in it, and leads on or back.
    mutating func leadCanary() {
        guard !plan.record.isPaused else { return }
        let canary = turn()
        guard canary.allSatisfy({ stages[$0] == .proven || stages[$0] == .admitted }) else { return }
        guard let begun = plan.record.stepStartedAt else {
            plan.record.stepStartedAt = view.now
            return wake(in: settings.canary.hold)
        }
        let window = view.window ?? CanaryWindow()
        let elapsed = view.elapsed(since: begun)
        let hold = settings.canary.hold
        let isOver = elapsed >= hold
        switch CanaryJudge(settings.canary).verdict(window) {
        case .bad(let cause):
            note(window, cause)
            fail(cause)
        case .good(let words):
            guard isOver else { return wake(in: rest(of: hold, elapsed)) }
            advance(window, words)
        case .undecided(let words):
            let limit = TimeSpan(nanoseconds: hold.nanoseconds * Int64(Self.patience))
            guard isOver else { return wake(in: rest(of: hold, elapsed)) }
            guard elapsed >= limit else { return wake(in: rest(of: limit, elapsed)) }
            advance(window, "\(words); it was healthy throughout")
        }
    }

    func rest(of span: TimeSpan, _ elapsed: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: span.nanoseconds - elapsed.nanoseconds)
    }

    private mutating func advance(_ window: CanaryWindow, _ words: String) {
        note(window, words)
        plan.record.step += 1
        plan.record.stepStartedAt = view.now
        if plan.record.step >= settings.canary.steps.count || settings.canary.steps[plan.record.step] >= 100 {
            plan.record.isPromoted = true
        }
        wake(in: TimeSpan.milliseconds(10))
    }

    private mutating func note(_ window: CanaryWindow, _ words: String) {
        let steps = settings.canary.steps
        let share = steps.isEmpty ? 100 : steps[min(plan.record.step, steps.count - 1)]
        plan.record.figures.append(
            CanaryFigures(share: share, new: window.new, old: window.old, verdict: words, at: view.now)
        )
    }
}
