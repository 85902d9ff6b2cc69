import Crypto
public import HomieModel

/// Starts a job because somebody outside asked for it.
public protocol HookedJobs: Sendable {
    /// - Parameter cause: what is noted of why, e.g. `hook 'push'`.
    func run(job: String, cause: String) async throws
}

/// Incoming webhooks, as the API needs them.
public protocol HookReceiving: Sendable {
    /// Refuses what cannot be signed as its hook asks for, before anybody waits for its body.
    ///
    /// - Parameter fields: header fields, names in lower case.
    /// - Throws: ``HookError``
    func check(_ hook: String, fields: [String: String]) async throws
    /// - Parameter fields: header fields, names in lower case.
    /// - Throws: ``HookError``, what the deploy or job says.
    func receive(_ hook: String, fields: [String: String], body: [UInt8]) async throws -> HookReceipt
}

/// Takes incoming webhooks: checks who sent them, refuses what came before, and does what the hook says, once.
public actor HookDesk: HookReceiving {
    private let store: any HookStore
    private let hooks: @Sendable () async -> [IncomingHook]
    private let control: any StackControl
    private let jobs: (any HookedJobs)?
    private let clocks: Clocks
    private let note: @Sendable (HookReceipt, StackName?) async -> Void
    /// What is being done right now, so that the same request twice at once is one.
    private var inHand: Set<String> = []

    /// How far the sender's clock may be off.
    private static let tolerance: Int64 = 300

    /// - Parameter note: is told what was set off.
    public init(
        store: any HookStore,
        hooks: @escaping @Sendable () async -> [IncomingHook],
        control: any StackControl,
        jobs: (any HookedJobs)? = nil,
        clocks: Clocks = .system(),
        note: @escaping @Sendable (HookReceipt, StackName?) async -> Void = { _, _ in }
    ) {
        self.store = store
        self.hooks = hooks
        self.control = control
        self.jobs = jobs
        self.clocks = clocks
        self.note = note
    }

    public func check(_ name: String, fields: [String: String]) async throws {
        let (hook, _) = try await known(name)
        switch hook.signature {
        case .standard: _ = try Self.standardFields(fields)
        case .github: _ = try Self.githubField(fields)
        }
    }

    /// A hook and its key.
    private func known(_ name: String) async throws -> (IncomingHook, key: String) {
        // Who does not know a key does not learn which hooks there are.
        guard let hook = await hooks().first(where: { $0.name.text == name && $0.isOn }),
            let key = try await store.kept(AlertWatch.secretName(hook: hook.name))
        else { throw HookError.notSigned }
        return (hook, key)
    }

    public func receive(_ name: String, fields: [String: String], body: [UInt8]) async throws -> HookReceipt {
        let (hook, key) = try await known(name)
        let request =
            switch hook.signature {
            case .standard: try standardKey(fields, body, key)
            case .github: try githubKey(fields, body, key)
            }
        let mark = "\(hook.name) \(request)"
        guard inHand.insert(mark).inserted else { throw HookError.seen(hook.name) }
        defer { inHand.remove(mark) }
        guard try await !store.hasReceived(request, for: hook.name) else { throw HookError.seen(hook.name) }
        let receipt = try await act(on: hook)
        // Noted after it was done: a sender that got no answer may try again.
        try await store.received(request, for: hook.name, at: clocks.wall())
        if case .deploy(let stack) = hook.action { await note(receipt, stack) } else { await note(receipt, nil) }
        return receipt
    }

    private static func standardFields(_ fields: [String: String]) throws -> (
        id: String, stamp: String, second: Int64, signatures: String
    ) {
        guard let id = fields["webhook-id"], !id.isEmpty, id.utf8.count <= 200,
            let stamp = fields["webhook-timestamp"], let second = Int64(stamp),
            let signatures = fields["webhook-signature"]
        else { throw HookError.notSigned }
        return (id, stamp, second, signatures)
    }

    private static func githubField(_ fields: [String: String]) throws -> String {
        guard let text = fields["x-hub-signature-256"], text.hasPrefix("sha256="), text.utf8.count == 71 else {
            throw HookError.notSigned
        }
        return text
    }

    /// - Returns: what is the same when the same request comes again.
    private func standardKey(_ fields: [String: String], _ body: [UInt8], _ secret: String) throws -> String {
        let (id, stamp, second, signatures) = try Self.standardFields(fields)
        let key = try WebhookKey(parsing: secret)
        let content = Array("\(id).\(stamp).".utf8) + body
        let isSigned = signatures.split(separator: " ").prefix(16).contains { signature in
            guard signature.hasPrefix("v1,"), let code = Base64.decode(signature.dropFirst(3)) else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(
                code,
                authenticating: content,
                using: SymmetricKey(data: key.bytes)
            )
        }
        guard isSigned else { throw HookError.notSigned }
        let now = clocks.wall().nanoseconds / 1_000_000_000
        guard (now - Self.tolerance...now + Self.tolerance).contains(second) else { throw HookError.tooOld }
        return id
    }

    /// The ID of a delivery is not signed there: the signature itself is what tells requests apart.
    private func githubKey(_ fields: [String: String], _ body: [UInt8], _ secret: String) throws -> String {
        let text = try Self.githubField(fields)
        let digits = text.utf8.dropFirst(7).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 64 else { throw HookError.notSigned }
        let code = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                code,
                authenticating: body,
                using: SymmetricKey(data: Array(secret.utf8))
            )
        else { throw HookError.notSigned }
        // One signature can be written in several ways, and is the same request in all of them.
        return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func act(on hook: IncomingHook) async throws -> HookReceipt {
        switch hook.action {
        case .deploy(let stack):
            let inspection = control.inspect()
            let wanted = try await inspection.stack(stack).revision
            guard let revision = try await inspection.revisions(of: stack).first(where: { $0.number == wanted }) else {
                throw HookError.nothingToDeploy(stack)
            }
            let deployment = try await control.apply(revision.definition, options: ApplyOptions(pulls: true))
            return HookReceipt(hook: hook.name, did: "deploys '\(stack)'", deployment: deployment.id)
        case .job(let job):
            guard let jobs else { throw HookError.noJobs }
            try await jobs.run(job: job, cause: "hook '\(hook.name)'")
            return HookReceipt(hook: hook.name, did: "runs the job '\(job)'")
        }
    }
}

/// Why an incoming webhook is not acted upon.
public enum HookError: UserFacingError, Hashable {
    case notSigned
    case tooOld
    case seen(AlertName)
    case nothingToDeploy(StackName)
    case noJobs

    public var summary: String {
        switch self {
        case .notSigned: "the request does not carry the signature that this hook asks for"
        case .tooOld: "the request was signed more than five minutes ago, or ahead of this device's clock"
        case .seen(let hook): "the hook '\(hook)' has taken this request before"
        case .nothingToDeploy(let stack): "the stack '\(stack)' has no revision to deploy"
        case .noJobs: "this daemon runs no jobs"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .notSigned, .tooOld: .refused
        case .seen: .conflict
        case .nothingToDeploy, .noJobs: .notFound
        }
    }
}
