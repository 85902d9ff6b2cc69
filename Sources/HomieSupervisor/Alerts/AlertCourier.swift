import CoreMetrics
import HomieModel
import HomiePlanning
import Logging

/// Brings what is in the outbox to its receivers: at least once, always under the same ID, for up to three days.
public actor AlertCourier {
    typealias Secrets = @Sendable (AlertName) async throws -> String?

    private let store: any DeliveryStore
    private let sender: any AlertSender
    private let clocks: Clocks
    private let logger: Logger
    private var routes: [AlertName: AlertRoute] = [:]
    private var secrets: Secrets = { _ in nil }
    /// Receivers that did not answer: how often in a row, and until when they are left alone.
    private var resting: [AlertName: (failures: Int, until: Timestamp)] = [:]
    /// Receivers that are being told something.
    private var busy: Set<AlertName> = []
    /// Two rounds never pick the same.
    private let picks = AsyncLimit(1)
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// Deliveries to one receiver at a time.
    private static let parallelism = 4
    private static let page = 2000

    init(store: any DeliveryStore, sender: any AlertSender, clocks: Clocks, logger: Logger) {
        self.store = store
        self.sender = sender
        self.clocks = clocks
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func use(_ routes: [AlertRoute], secrets: Secrets? = nil) {
        let before = self.routes
        self.routes = Dictionary(routes.map { ($0.name, $0) }) { _, last in last }
        // What did not answer at its old address may at the new one.
        resting = resting.filter { before[$0.key] == self.routes[$0.key] }
        if let secrets { self.secrets = secrets }
    }

    func wake(forgetting route: AlertName? = nil) {
        if let route { resting[route] = nil }
        waker.yield()
    }

    /// Delivers until the task is cancelled. A receiver that takes its time holds up no other one.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.knock() }
            for await _ in wakes { group.addTask { await self.round() } }
            group.cancelAll()
        }
    }

    /// Looks at the outbox now and then: what is due in seconds must not wait for the next alert.
    private func knock() async {
        while !Task.isCancelled {
            waker.yield()
            do { try await Task.sleep(for: .seconds(5)) } catch { return }
        }
    }

    /// Tries everything that is due now, once, but for receivers that another round is busy with.
    public func round() async {
        do {
            let work = try await picks.run { try await self.pick() }
            await withDiscardingTaskGroup { group in
                for (route, batch) in work { group.addTask { await self.see(batch, to: route) } }
            }
        } catch {
            complain(error)
        }
    }

    /// What is to be delivered now; its receivers are busy until that is done.
    private func pick() async throws -> [AlertName: [(Delivery, AlertNotification)]] {
        let now = clocks.wall()
        guard let next = try await store.nextDue(), DeliveryPlanner.isOver(next, now: now) else { return [:] }
        let longest = DeliveryPlanner.longestPause
        let idle = resting.filter { !DeliveryPlanner.isOver($0.value.until, now: now, longest: longest) }
        let due = try await store.due(now, limit: Self.page, except: busy.union(idle.keys))
        let told = Dictionary(due.map { ($0.0.id, $0.1) }) { first, _ in first }
        let work = DeliveryPlanner.batches(due.map(\.0)).mapValues { batch in
            batch.compactMap { delivery in told[delivery.id].map { (delivery, $0) } }
        }
        busy.formUnion(work.keys)
        return work
    }

    private func see(_ batch: [(Delivery, AlertNotification)], to route: AlertName) async {
        let told = Dictionary(batch.map { ($0.0.id, $0.1) }) { first, _ in first }
        do {
            try await deliver(batch.map(\.0), told, to: route)
        } catch {
            complain(error)
        }
        busy.remove(route)
    }

    private func complain(_ error: any Error) {
        logger.warning("notifications cannot be delivered", metadata: ["error": "\(error)"])
    }

    private func deliver(_ batch: [Delivery], _ told: [String: AlertNotification], to name: AlertName) async throws {
        guard let route = routes[name], route.isOn else {
            try await store.update(batch.map { Self.dead($0, "the route '\(name)' is gone or off") })
            return
        }
        // One goes ahead: where nobody answers, the others need not try.
        guard let first = batch.first, try await attempt([first], told, to: route) else { return }
        var rest = batch.dropFirst()
        while !rest.isEmpty, !Task.isCancelled {
            let some = Array(rest.prefix(64))
            rest = rest.dropFirst(some.count)
            guard try await attempt(some, told, to: route) else { return }
        }
    }

    /// - Returns: false when the receiver did not answer.
    private func attempt(_ some: [Delivery], _ told: [String: AlertNotification], to route: AlertRoute) async throws
        -> Bool
    {
        var results: [Delivery] = []
        var unreachable: String?
        await withTaskGroup(of: (Delivery, SendOutcome?).self) { group in
            var waiting = some[...]
            func next() {
                guard let delivery = waiting.popFirst() else { return }
                group.addTask {
                    guard let notification = told[delivery.id], !Task.isCancelled else { return (delivery, nil) }
                    return (delivery, await self.attempt(notification, id: delivery.id, to: route))
                }
            }
            for _ in 0..<Self.parallelism { next() }
            for await (delivery, outcome) in group {
                if case .unreachable(let reason) = outcome { unreachable = reason }
                if let outcome { results.append(settled(delivery, outcome)) }
                if unreachable == nil { next() }
            }
        }
        try await store.update(results)
        let now = clocks.wall()
        guard let unreachable else {
            resting[route.name] = nil
            return true
        }
        let failures = (resting[route.name]?.failures ?? 0) + 1
        resting[route.name] = (failures, now + DeliveryPlanner.pause(after: failures, salt: route.name.text))
        // The others have waited for this one, and die with it.
        let oldest = now + TimeSpan(nanoseconds: -DeliveryPlanner.patience.nanoseconds)
        try await store.expire(route.name, madeBefore: oldest, reason: unreachable)
        if failures == 1 {
            logger.warning(
                "a receiver of alerts does not answer",
                metadata: ["route": "\(route.name)", "error": "\(unreachable)"]
            )
        }
        return false
    }

    func attempt(_ notification: AlertNotification, id: String, to route: AlertRoute) async -> SendOutcome {
        do {
            let secret = route.hasSecret ? try await secrets(route.name) : nil
            return await sender.send(notification, id: id, to: route, secret: secret)
        } catch {
            return .refused("its secret cannot be read: \(error)", retryAfter: nil)
        }
    }

    private func settled(_ delivery: Delivery, _ outcome: SendOutcome) -> Delivery {
        let now = clocks.wall()
        let word = if case .delivered = outcome { "delivered" } else { "failed" }
        Counter(
            label: "homie_notifications",
            dimensions: [("route", delivery.route.text), ("outcome", word)]
        ).increment()
        switch outcome {
        case .delivered:
            var done = delivery
            done.state = .delivered
            done.attempts += 1
            done.deliveredAt = now
            done.lastError = nil
            return done
        case .refused(let reason, let retryAfter):
            return DeliveryPlanner.failed(delivery, reason: reason, isFinal: false, retryAfter: retryAfter, now: now)
        case .unreachable(let reason):
            return DeliveryPlanner.failed(delivery, reason: reason, isFinal: false, retryAfter: nil, now: now)
        case .impossible(let reason):
            return DeliveryPlanner.failed(delivery, reason: reason, isFinal: true, retryAfter: nil, now: now)
        }
    }

    private static func dead(_ delivery: Delivery, _ reason: String) -> Delivery {
        var dead = delivery
        dead.state = .dead
        dead.lastError = reason
        return dead
    }
}
