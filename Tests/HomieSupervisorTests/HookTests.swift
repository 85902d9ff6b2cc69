import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Synchronization
import Testing

@Suite("Incoming webhooks")
struct HookTests {
    private final class Store: HookStore {
        let kept = Mutex<[String: String]>([:])
        let receipts = Mutex<Set<String>>([])

        func keep(_ secret: String?, as name: String) async throws { kept.withLock { $0[name] = secret } }
        func kept(_ name: String) async throws -> String? { kept.withLock { $0[name] } }
        func isKept(_ name: String) async throws -> Bool { kept.withLock { $0[name] != nil } }
        func hasReceived(_ key: String, for hook: AlertName) async throws -> Bool {
            receipts.withLock { $0.contains("\(hook) \(key)") }
        }
        func received(_ key: String, for hook: AlertName, at time: Timestamp) async throws {
            _ = receipts.withLock { $0.insert("\(hook) \(key)") }
        }
    }

    private final class Jobs: HookedJobs {
        let runs = Mutex<[String]>([])
        let fails = Mutex(false)
        struct Busy: Error {}

        func run(job: String, cause: String) async throws {
            if fails.withLock({ $0 }) { throw Busy() }
            runs.withLock { $0.append("\(job) because of \(cause)") }
        }
    }

    /// The example of the specification.
    private static let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let second: Int64 = 1_614_265_330
    private static let fields = [
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature":
            "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]

    private func desk(_ jobs: Jobs, _ store: Store = Store(), at second: Int64 = second) async throws -> HookDesk {
        let action = IncomingHook.Action.job("backup")
        let hooks = [
            IncomingHook(name: try AlertName(parsing: "standard"), signature: .standard, action: action),
            IncomingHook(name: try AlertName(parsing: "github"), signature: .github, action: action),
            IncomingHook(name: try AlertName(parsing: "off"), signature: .github, action: action, isOn: false),
        ]
        try await store.keep("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", as: "hook/standard")
        for name in ["github", "off"] {
            try await store.keep("It's a Secret to Everybody", as: "hook/\(name)")
        }
        let now = Timestamp(nanoseconds: second * 1_000_000_000)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let supervisor = Supervisor(engine: SimulatedEngine(), store: MemoryStateStore(), logger: logger)
        return HookDesk(
            store: store,
            hooks: { hooks },
            control: supervisor,
            jobs: jobs,
            clocks: Clocks(uptime: { .seconds(0) }, wall: { now })
        )
    }

    @Test func `what cannot be signed is refused before its body is there`() async throws {
        let desk = try await desk(Jobs())
        let digest = "sha256=" + String(repeating: "0", count: 64)
        try await desk.check("standard", fields: Self.fields)
        try await desk.check("github", fields: ["x-hub-signature-256": digest])
        let refused: [(String, [String: String])] = [
            ("nosuch", Self.fields), ("off", ["x-hub-signature-256": digest]), ("github", Self.fields),
            ("standard", [:]),
            ("standard", ["x-hub-signature-256": digest]), ("github", ["x-hub-signature-256": "sha1=0"]),
        ]
        for (hook, fields) in refused {
            await #expect(throws: HookError.notSigned, "\(hook)") { try await desk.check(hook, fields: fields) }
        }
    }

    @Test("a request as Standard Webhooks signs it is taken once, and refused when it comes again")
    func standard() async throws {
        let jobs = Jobs()
        let store = Store()
        let desk = try await desk(jobs, store)
        let receipt = try await desk.receive("standard", fields: Self.fields, body: Self.body)
        #expect(receipt.did == "runs the job 'backup'")
        #expect(jobs.runs.withLock { $0 } == ["backup because of hook 'standard'"])
        // Also after a restart of the daemon.
        for desk in [desk, try await self.desk(jobs, store)] {
            await #expect(throws: HookError.seen(try AlertName(parsing: "standard"))) {
                try await desk.receive("standard", fields: Self.fields, body: Self.body)
            }
        }
        #expect(jobs.runs.withLock { $0.count } == 1)
    }

    @Test("old, early, changed and unsigned requests are refused, and say nothing about which hooks there are")
    func refused() async throws {
        let jobs = Jobs()
        for offset in [-301, 301] as [Int64] {
            let desk = try await desk(jobs, at: Self.second + offset)
            await #expect(throws: HookError.tooOld) {
                try await desk.receive("standard", fields: Self.fields, body: Self.body)
            }
        }
        let desk = try await desk(jobs)
        let signature = try #require(Self.fields["webhook-signature"])
        for (name, fields, body) in [
            ("standard", Self.fields, Self.body + [0x20]), ("standard", [:], Self.body),
            ("standard", Self.fields.merging(["webhook-id": "other"]) { $1 }, Self.body),
            ("standard", Self.fields.merging(["webhook-timestamp": "9223372036854775807"]) { $1 }, Self.body),
            (
                "standard", Self.fields.merging(["webhook-signature": signature.replacing("v1,", with: "v2,")]) { $1 },
                Self.body
            ),
            ("github", Self.fields, Self.body), ("nobody", Self.fields, Self.body),
            ("off", ["x-hub-signature-256": Self.github], Array("Hello, World!".utf8)),
        ] {
            await #expect(throws: HookError.notSigned) { try await desk.receive(name, fields: fields, body: body) }
        }
        #expect(jobs.runs.withLock { $0.isEmpty })
    }

    @Test(
        "a sender that knows the key and signs an absurd time is refused",
        arguments: [
            // The first is as far from the clock as a number can be.
            ("-9223372035240510478", "ZJqrKgr8WLhL9I6qbsCJeIgOW+y2NHi9+X5hDzuWFco="),
            ("9223372036854775807", "YBKQKeh8C5LXnZ8N3e17zRwkCFH/1K1Z5UDcHQt8/YM="),
            ("-9223372036854775808", "0YQIpNQpzTvKZaL478qrxT10jwb51vn3IEouYqp7HEU="),
        ]
    )
    func absurdTimes(stamp: String, signature: String) async throws {
        let jobs = Jobs()
        let fields = Self.fields.merging(["webhook-timestamp": stamp, "webhook-signature": "v1," + signature]) { $1 }
        let desk = try await desk(jobs)
        await #expect(throws: HookError.tooOld) {
            try await desk.receive("standard", fields: fields, body: Self.body)
        }
        #expect(jobs.runs.withLock { $0.isEmpty })
    }

    private static let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    @Test("a request as GitHub signs it is taken once, whatever its delivery is called; one that failed may come again")
    func gitHub() async throws {
        let jobs = Jobs()
        let desk = try await desk(jobs)
        let body = Array("Hello, World!".utf8)
        jobs.fails.withLock { $0 = true }
        await #expect(throws: Jobs.Busy.self) {
            try await desk.receive("github", fields: ["x-hub-signature-256": Self.github], body: body)
        }
        jobs.fails.withLock { $0 = false }
        _ = try await desk.receive("github", fields: ["x-hub-signature-256": Self.github], body: body)
        let second = [
            "x-hub-signature-256": Self.github.uppercased().replacing("SHA256=", with: "sha256="),
            "x-github-delivery": "2",
        ]
        await #expect(throws: HookError.seen(try AlertName(parsing: "github"))) {
            try await desk.receive("github", fields: second, body: body)
        }
        #expect(jobs.runs.withLock { $0.count } == 1)
    }

    @Test("the same signature written in another way is no other request")
    func rewritten() async throws {
        let jobs = Jobs()
        let desk = try await desk(jobs)
        let body = Array("Hello, World!".utf8)
        _ = try await desk.receive("github", fields: ["x-hub-signature-256": Self.github], body: body)
        // A byte below sixteen, as a lenient reader of numbers takes it, too.
        let signed = Self.github.replacing("7107ea", with: "71+7ea")
        #expect(signed != Self.github && signed.utf8.count == Self.github.utf8.count)
        await #expect(throws: HookError.notSigned) {
            try await desk.receive("github", fields: ["x-hub-signature-256": signed], body: body)
        }
        #expect(jobs.runs.withLock { $0.count } == 1)
    }
}
