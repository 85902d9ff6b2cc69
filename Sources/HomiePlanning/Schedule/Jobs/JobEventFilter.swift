public import HomieModel

/// Which events start a job.
public struct JobEventFilter: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The kind of an event (`container.died`), a group of kinds (`container.*`), or ``startup``.
    public var kind: String
    /// Only events of this service.
    public var service: ServiceName?
    /// Only events of this stack; nil for the job's own and those that belong to no stack.
    public var stack: StackName?
    /// Events of every stack.
    public var isOfAnyStack: Bool

    public init(
        kind: String,
        service: ServiceName? = nil,
        stack: StackName? = nil,
        isOfAnyStack: Bool = false
    ) {
        self.kind = kind
        self.service = service
        self.stack = stack
        self.isOfAnyStack = isOfAnyStack
    }

    /// The device started: the first start of the daemon since then.
    public static let startup = "startup"
    /// A signed request from outside deploys the job's stack. One that names a job runs it by itself, and starts no other.
    public static let webhook = "webhook"
    /// How the event is called that tells of it.
    private static let hookReceived = "hook.received"

    /// Whether an event starts a job of a stack. Events of jobs start none: what follows a job is said with `after`.
    public func accepts(_ event: EventRecord, for job: JobName) -> Bool {
        guard !event.kind.hasPrefix("job.") else { return false }
        if kind == Self.webhook {
            guard event.kind == Self.hookReceived, event.stack != nil else { return false }
        } else if kind.hasSuffix(".*") {
            guard event.kind.hasPrefix(kind.dropLast()) else { return false }
        } else {
            guard event.kind == kind else { return false }
        }
        if let service, event.service != service { return false }
        if isOfAnyStack { return true }
        if let stack { return event.stack == stack }
        return event.stack == nil || event.stack == job.stack
    }

    public var description: String {
        let place = [isOfAnyStack ? "*" : stack?.text, service?.text].compactMap { $0 }.joined(separator: "/")
        return place.isEmpty ? kind : "\(kind) of \(place)"
    }

    /// True for dotted names of lower-case words, the last of which may be `*`.
    public static func isKind(_ text: String) -> Bool {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 80, words.count <= 6 else { return false }
        return words.enumerated().allSatisfy { index, word in
            if word == "*" { return index > 0 && index == words.count - 1 }
            return !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
        }
    }
}
