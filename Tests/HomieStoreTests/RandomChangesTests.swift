import HomieModel
import HomieStore
import HomieSupervisor
import HomieTestSupport
import Testing

/// SplitMix64: the same seed, the same numbers.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Random changes")
struct RandomChangesTests {
    private static let names = ["blog", "photos", "shop"].map(Samples.name)
    private static let limits = RetentionLimits(
        events: .init(count: 40, age: .seconds(60)),
        deployments: .init(count: 10, age: .seconds(60)),
        health: .init(count: 15, age: .seconds(60)),
        revisionsPerStack: 3
    )

    @Test("the database does what the model in memory does", arguments: 1...12 as ClosedRange<UInt64>)
    func likeTheModel(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        let directory = try ScopedDirectory()
        var store = try SQLiteStateStore(directory, limits: Self.limits)
        let model = MemoryStateStore(limits: Self.limits)
        for round in 1...60 {
            let changes = (0..<Int.random(in: 1...5, using: &random)).map { _ in Self.change(round, &random) }
            #expect(
                await Self.succeeds(store, changes) == Self.succeeds(model, changes),
                "seed \(seed), round \(round)"
            )
            if Int.random(in: 0..<8, using: &random) == 0 {
                let now = Samples.time(Int64(round * 2))
                #expect(try await store.prune(now: now) == model.prune(now: now), "seed \(seed), round \(round)")
            }
            if Int.random(in: 0..<15, using: &random) == 0 {
                try store.close()
                store = try SQLiteStateStore(directory, limits: Self.limits)
            }
            try await Self.expectSame(store, model, "seed \(seed), round \(round)")
        }
    }

    private static func succeeds(_ store: any StateStore, _ changes: [StateChange]) async -> Bool {
        do {
            try await store.commit(changes)
            return true
        } catch {
            return false
        }
    }

    private static func change(_ round: Int, _ random: inout SeededGenerator) -> StateChange {
        let name = names.randomElement(using: &random) ?? Samples.shop
        let number = Int.random(in: 0...9, using: &random)
        switch Int.random(in: 0..<18, using: &random) {
        case 0, 1: return .putStack(Samples.stack(name, revision: number, lastGood: number > 6 ? number - 1 : nil))
        case 2: return .removeStack(name)
        case 3, 4, 5: return .putRevision(Samples.revision(number, of: name))
        case 6, 7:
            let state: DeploymentRecord.State = [.running, .failed, .succeeded][number % 3]
            return .putDeployment(Samples.deployment(Int64(round + number / 2), of: name, state: state))
        case 8, 9: return .appendEvent(Samples.event(Int64(round * 10 + number), stack: name))
        case 10, 11: return .putContainer(Samples.container("c\(number)"))
        case 12: return .removeContainer(id: "c\(number)")
        case 13, 14: return .putRoute(Samples.route("r\(number % 4)", port: round))
        case 16: return .putSignature(Samples.signature(number % 4, at: Int64(round)))
        case 15: return .removeRoute(Samples.route("r\(number % 4)", port: 1).name)
        default: return .appendHealth(Samples.health(Int64(round)))
        }
    }

    private static func expectSame(_ store: SQLiteStateStore, _ model: MemoryStateStore, _ where: Comment) async throws
    {
        let (real, wanted) = (try await store.load(), try await model.load())
        #expect(real.stacks == wanted.stacks, `where`)
        #expect(real.revisions == wanted.revisions, `where`)
        #expect(real.openDeployments == wanted.openDeployments, `where`)
        #expect(real.containers == wanted.containers, `where`)
        #expect(real.routes == wanted.routes, `where`)
        #expect(real.signatures == wanted.signatures, `where`)
        #expect(real.lastEventID == wanted.lastEventID, `where`)
        #expect(real.lastDeploymentID == wanted.lastDeploymentID, `where`)
        for name in names {
            #expect(try await store.revisions(of: name) == model.revisions(of: name), `where`)
            let query = EventQuery(stack: name, limit: 20)
            #expect(try await store.events(query) == model.events(query), `where`)
            let deployments = try await store.deployments(of: name, limit: 6)
            #expect(try await model.deployments(of: name, limit: 6) == deployments, `where`)
        }
    }
}
