import HomieModel
import HomieStore
import HomieSupervisor
import Testing

@Suite("What is stored comes back")
struct RoundTripTests {
    @Test("every kind of record is the same after a restart, to the nanosecond")
    func everyRecord() async throws {
        let directory = try ScopedDirectory()
        var store: SQLiteStateStore? = try SQLiteStateStore(directory)
        try await store?.commit(
            Samples.newStack() + [
                .putDeployment(Samples.deployment(7)),
                .putDeployment(Samples.deployment(8, state: .failed)),
                .appendEvent(Samples.event(41)),
                .appendEvent(Samples.event(42)),
                .putContainer(Samples.container("c1")),
                .appendHealth(Samples.health(3)),
            ]
        )
        try store?.close()
        store = nil

        let reopened = try SQLiteStateStore(directory)
        let state = try await reopened.load()
        #expect(state.stacks == [Samples.stack()])
        #expect(state.revisions == [Samples.revision(1)])
        #expect(state.openDeployments == [Samples.deployment(7)])
        #expect(state.containers == [Samples.container("c1")])
        #expect(state.lastEventID == 42)
        #expect(state.lastDeploymentID == 8)
        #expect(state.damage == nil)
        #expect(try await reopened.revisions(of: Samples.shop) == [Samples.revision(1)])
        #expect(
            try await reopened.deployments(of: nil, limit: 9)
                == [Samples.deployment(8, state: .failed), Samples.deployment(7)]
        )
        let events = try await reopened.events(EventQuery())
        #expect(events == [Samples.event(41), Samples.event(42)])
        let health = try await reopened.health(of: Samples.service("web"), in: Samples.shop, limit: 5)
        #expect(health == [Samples.health(3)])
    }

    @Test("a fresh store is empty and not damaged")
    func fresh() async throws {
        let directory = try ScopedDirectory()
        let state = try await SQLiteStateStore(directory).load()
        #expect(state.stacks.isEmpty && state.revisions.isEmpty && state.containers.isEmpty)
        #expect(state.lastEventID == 0 && state.lastDeploymentID == 0)
        #expect(state.damage == nil)
    }

    @Test("events come back as they were, however many share a statement", arguments: [1, 15, 16, 17, 35])
    func manyEvents(count: Int) async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let texts = ["", "ü → 🦊", String(repeating: "long ", count: 2000), "a\nb"]
        let events = (1...count).map { number in
            var event = Samples.event(Int64(number), service: number % 3 == 0 ? Samples.service("web") : nil)
            event.message = texts[number % texts.count]
            event.detail = number % 2 == 0 ? texts[number % texts.count] : nil
            event.container = number % 5 == 0 ? nil : event.container
            event.deployment = number % 7 == 0 ? nil : Int64(number)
            return event
        }
        // Something else in between must not change their order.
        var changes = events.map(StateChange.appendEvent)
        changes.insert(.removeContainer(id: "none"), at: count / 2)
        try await store.commit(changes)
        #expect(try await store.events(EventQuery(limit: 100)) == events)
    }

    @Test("events are filtered by stack, service, deployment and ID, and the newest come in rising order")
    func eventQueries() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let blog = Samples.name("blog")
        let web = Samples.service("web")
        var events = (1...6).map { Samples.event($0, stack: $0 % 2 == 0 ? Samples.shop : blog, service: web) }
        events.append(Samples.event(7, stack: nil))
        try await store.commit(events.map { .appendEvent($0) })

        #expect(try await store.events(EventQuery(stack: blog)).map(\.id) == [1, 3, 5])
        #expect(try await store.events(EventQuery(stack: blog, after: 1)).map(\.id) == [3, 5])
        #expect(try await store.events(EventQuery(service: web, limit: 2)).map(\.id) == [5, 6])
        #expect(try await store.events(EventQuery(deployment: 1, limit: 1)).map(\.id) == [7])
        #expect(try await store.events(EventQuery(deployment: 2)).isEmpty)
        #expect(try await store.events(EventQuery(limit: 0)).isEmpty)
    }

    @Test("a removed stack takes its revisions along and leaves its events and deployments")
    func removal() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(
            Samples.newStack() + [.putDeployment(Samples.deployment(1)), .appendEvent(Samples.event(1))]
        )
        try await store.commit([.removeStack(Samples.shop)])
        #expect(try await store.load().stacks.isEmpty)
        #expect(try await store.revisions(of: Samples.shop).isEmpty)
        #expect(try await store.deployments(of: Samples.shop, limit: 5).count == 1)
        #expect(try await store.events(EventQuery(stack: Samples.shop)).count == 1)
    }

    @Test("a commit that contradicts the state fails whole and names the reason")
    func violations() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack() + [.appendEvent(Samples.event(1))])
        let refused: [[StateChange]] = [
            [.putStack(Samples.stack(revision: 9))],
            [.putStack(Samples.stack(lastGood: 9))],
            [.putRevision(Samples.revision(1, of: Samples.name("nowhere")))],
            [.appendEvent(Samples.event(2)), .appendEvent(Samples.event(1))],
            [.putRevision(Samples.revision(0))],
        ]
        for changes in refused {
            await #expect {
                try await store.commit(changes)
            } throws: { error in
                guard let known = error as? StoreError, case .violation = known else { return false }
                return known.kind == .conflict && known.underlying != nil
            }
        }
        #expect(try await store.load().stacks == [Samples.stack()])
        #expect(try await store.events(EventQuery()).map(\.id) == [1])
    }

    @Test("the order of changes in a commit does not matter to references")
    func references() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit([.putRevision(Samples.revision(1)), .putStack(Samples.stack(lastGood: 1))])
        try await store.commit([.removeStack(Samples.shop)] + Samples.newStack())
        #expect(try await store.load().stacks == [Samples.stack()])
    }

    @Test("text with a NUL comes back whole, with a picture of it")
    func nul() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        var event = Samples.event(1)
        event.message = "before\0after"
        event.detail = "\0"
        var deployment = Samples.deployment(1, state: .failed)
        deployment.cause = "it wrote 'a\0b'"
        var health = Samples.health(1)
        health.output = "\0\0x"
        var revision = Samples.revision(1)
        revision.origin = "up\0"
        try await store.commit([
            .putStack(Samples.stack()), .putRevision(revision), .appendEvent(event), .putDeployment(deployment),
            .appendHealth(health),
        ])
        let read = try #require(try await store.events(EventQuery()).first)
        #expect(read.message == "before\u{2400}after" && read.detail == "\u{2400}")
        #expect(try await store.deployments(of: nil, limit: 1).first?.cause == "it wrote 'a\u{2400}b'")
        #expect(
            try await store.health(of: health.service, in: health.stack, limit: 1).first?.output == "\u{2400}\u{2400}x"
        )
        #expect(try await store.revisions(of: Samples.shop).first?.origin == "up\u{2400}")
    }

    @Test("events are found by their IDs")
    func byID() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit((1...9).map { .appendEvent(Samples.event($0)) })
        #expect(try await store.events(EventQuery(ids: [2, 7, 99])).map(\.id) == [2, 7])
        #expect(try await store.events(EventQuery(ids: [])).isEmpty)
    }
}
