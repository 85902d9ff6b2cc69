public import HomieModel
public import HomieSupervisor

/// A container engine in memory, as strict as Docker's: names conflict, networks and images must be there, shared
/// namespaces need a running container, ports cannot be taken twice.
public actor SimulatedEngine {
    /// What containers of an image do.
    public struct Behaviour: Sendable {
        /// Ends this long after its start, with this exit code.
        public var ends: (after: Duration, exitCode: Int)?
        /// Has a health check of its own that passes this long after the start.
        public var healthyAfter: Duration?
        /// Every start fails with this message.
        public var startFailure: String?

        public init(
            ends: (after: Duration, exitCode: Int)? = nil,
            healthyAfter: Duration? = nil,
            startFailure: String? = nil
        ) {
            self.ends = ends
            self.healthyAfter = healthyAfter
            self.startFailure = startFailure
        }
    }

    /// An engine's refusal.
    public struct Refusal: UserFacingError {
        public var summary: String
        public var kind: ErrorKind
    }

    var containers: [String: ObservedContainer] = [:]
    var recipes: [String: ContainerRecipe] = [:]
    var networks: [String: StackName] = [:]
    var volumes: [String: StackName] = [:]
    /// References (and IDs) to images.
    var images: [String: ObservedImage] = [:]
    /// What a registry would give.
    var registry: [String: ObservedImage] = [:]
    var behaviours: [String: Behaviour] = [:]
    var listeners: [Int: AsyncStream<EngineEvent>.Continuation] = [:]
    var nextNumber = 0
    var runs: [String: Int] = [:]
    var executions: [String: ExecutionState] = [:]
    public private(set) var isUp = true
    /// Every call that changes something, in order: `create web`, `start web` …
    public internal(set) var calls: [String] = []
    /// Inspections of one container (`inspect web`) and the calls that change something, in order.
    public internal(set) var conversation: [String] = []
    var failures: [String: (count: Int, error: Refusal)] = [:]
    /// Commands in containers pass, whatever their health.
    var passesCommands = false
    /// Stops are not answered although the process has ended.
    var holdsClearing = false
    /// Pulls go on and on, whether anybody still waits for them or not.
    var holdsPulls = false
    /// The event of a stop comes after its answer.
    var tellsStopsLate = false
    /// Starts take this long, and their event comes after the answer.
    var startDelay: Duration?
    /// References whose downloads make no progress.
    var stalled: Set<String> = []
    /// Containers that cannot be inspected.
    var broken: Set<String> = []
    /// How many commands were run in containers.
    public internal(set) var commandCount = 0

    private let wall: @Sendable () -> Timestamp

    /// - Parameter wall: the machine's clock, which the engine shares with everything else on it.
    public init(wall: @escaping @Sendable () -> Timestamp = Clocks.system().wall) { self.wall = wall }

    // MARK: what a test arranges

    /// Makes an image known under a reference; returns its ID.
    @discardableResult
    public func addImage(
        _ reference: String,
        id: String? = nil,
        digests: [String] = [],
        _ behaviour: Behaviour = Behaviour()
    ) -> String {
        let id = id ?? "sha256:\(reference)"
        let image = ObservedImage(
            id: id,
            repositoryDigests: digests,
            hasHealthcheck: behaviour.healthyAfter != nil
        )
        images[reference] = image
        images[id] = image
        behaviours[id] = behaviour
        return id
    }

    public func addToRegistry(_ reference: String, digests: [String] = [], _ behaviour: Behaviour = Behaviour()) {
        let image = ObservedImage(
            id: "sha256:\(reference)",
            repositoryDigests: digests,
            hasHealthcheck: behaviour.healthyAfter != nil
        )
        registry[reference] = image
        behaviours[image.id] = behaviour
    }

    /// The next `count` calls of this name (`create`, `start`, `stop` …) fail.
    public func fail(
        _ call: String,
        count: Int = 1,
        kind: ErrorKind = .failed,
        _ message: String = "no space left on device"
    ) {
        failures[call] = (count, Refusal(summary: message, kind: kind))
    }

    /// From now on starts take this long, and are told of after they were answered.
    public func delayStarts(by delay: Duration) { startDelay = delay }

    /// A name of an image goes.
    public func removeTag(_ reference: String) { images[reference] = nil }

    /// Downloads go on again.
    public func letPullsGoOn() { stalled = [] }

    /// From now on downloads of the image neither end nor fail.
    public func stallPulls(of reference: String) { stalled.insert(reference) }

    /// From now on the container cannot be inspected; the list still tells of it.
    public func breakInspection(of name: String) {
        if let id = find(name)?.id { broken.insert(id) }
    }

    public func clearCalls() {
        calls = []
        conversation = []
    }

    /// From now on commands in containers pass before the engine's own checks do.
    public func letCommandsPass() { passesCommands = true }

    /// Whether stops stay unanswered after the end of the process, as while the engine clears up.
    public func holdClearing(_ holds: Bool) { holdsClearing = holds }
    public func holdPulls(_ holds: Bool) { holdsPulls = holds }
    /// An image is gone, and only a pull brings it back.
    public func loseImage(_ reference: String) {
        guard let image = images.removeValue(forKey: reference) else { return }
        images[image.id] = nil
        registry[reference] = image
    }

    public func tellStopsLate() { tellsStopsLate = true }

    // MARK: what happens behind the supervisor's back

    public func all() -> [ObservedContainer] { containers.values.sorted { $0.id < $1.id } }

    /// What a container was made of.
    public func recipe(of id: String) -> ContainerRecipe? { recipes[id] }

    public func find(_ name: String) -> ObservedContainer? { containers.values.first { $0.name == name } }

    public func volumeNames() -> Set<String> { Set(volumes.keys) }
    public func networkNames() -> Set<String> { Set(networks.keys) }

    /// The container's process ends by itself.
    public func crash(_ name: String, exitCode: Int = 1) {
        guard let id = find(name)?.id else { return }
        end(id, exitCode: exitCode)
    }

    /// The kernel had ended something in the container for a lack of memory; the engine's word may come late.
    public func tellOutOfMemory(_ name: String) {
        guard let id = find(name)?.id else { return }
        emit(id, "oom")
    }

    /// The engine's word that a check had failed at `time`; the container itself is what it was.
    public func tellUnhealthy(_ name: String, at time: Timestamp) {
        guard let id = find(name)?.id else { return }
        emit(id, "health_status: unhealthy", at: time)
    }

    /// `docker stop`, by a person.
    public func stopByHand(_ name: String) {
        guard let id = find(name)?.id else { return }
        emit(id, "kill", ["signal": "15"])
        end(id, exitCode: 143)
        emit(id, "stop")
    }

    public func startByHand(_ name: String) throws {
        guard let id = find(name)?.id else { return }
        try begin(id)
    }

    public func pauseByHand(_ name: String) {
        guard let id = find(name)?.id else { return }
        containers[id]?.state = .paused
        emit(id, "pause")
    }

    public func renameByHand(_ name: String, to new: String) {
        guard let id = find(name)?.id else { return }
        containers[id]?.name = new
        emit(id, "rename", ["name": new])
    }

    public func removeByHand(_ name: String) {
        guard let id = find(name)?.id else { return }
        if containers[id]?.state == .running {
            emit(id, "kill", ["signal": "9"])
            end(id, exitCode: 137)
        }
        containers[id] = nil
        emit(id, "destroy")
    }

    /// A container of a Compose project that somebody else made.
    public func addStranger(_ container: ObservedContainer) {
        containers[container.id] = container
        runs[container.id] = 1
    }

    /// The engine goes away; its containers end, as without live-restore.
    public func goDown() {
        isUp = false
        for container in containers.values where container.state == .running { end(container.id, exitCode: 0) }
        for listener in listeners.values { listener.yield(.disconnected(reason: "the socket is gone")) }
    }

    public func comeUp() {
        isUp = true
        for listener in listeners.values { listener.yield(.connected) }
    }

    /// Listeners hear of events as usual, but this many are made up.
    public func flood(_ name: String, count: Int) {
        guard let id = find(name)?.id else { return }
        for _ in 0..<count { emit(id, "exec_create: true") }
    }

    // MARK: inner workings

    func now() -> Timestamp { wall() }

    func check(_ call: String, _ object: String) throws {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        calls.append("\(call) \(object)")
        conversation.append("\(call) \(object)")
        guard let failure = failures[call], failure.count > 0 else { return }
        failures[call]?.count -= 1
        throw failure.error
    }

    func emit(_ id: String, _ action: String, _ attributes: [String: String] = [:], at time: Timestamp? = nil) {
        guard isUp else { return }
        let container = containers[id] ?? gone[id]
        let all = (container?.labels ?? [:]).merging(attributes) { _, new in new }
        for listener in listeners.values {
            listener.yield(.container(id: id, action: action, attributes: all, at: time ?? now()))
        }
    }

    var gone: [String: ObservedContainer] = [:]

    func end(_ id: String, exitCode: Int) {
        guard let container = containers[id], [.running, .paused].contains(container.state) else { return }
        containers[id]?.state = .exited
        containers[id]?.processID = nil
        containers[id]?.bindings = nil
        containers[id]?.exitCode = exitCode
        containers[id]?.finishedAt = now()
        emit(id, "die", ["exitCode": String(exitCode)])
    }

    func begin(_ id: String) throws {
        guard let container = containers[id] else { return }
        guard container.state != .running else { return }
        let behaviour = behaviours[container.imageID] ?? Behaviour()
        if let message = behaviour.startFailure { throw Refusal(summary: message, kind: .failed) }
        if let parent = container.networkParent, containers[parent]?.state != .running {
            throw Refusal(summary: "cannot join network of a non running container", kind: .conflict)
        }
        for other in containers.values where other.state == .running && other.id != id {
            let taken = Set(ports(other.id)).intersection(ports(id))
            guard taken.isEmpty else {
                throw Refusal(summary: "port \(taken.sorted()[0]) is already allocated", kind: .conflict)
            }
        }
        runs[id, default: 0] += 1
        let run = runs[id]
        let definition = recipes[id]?.definition
        let isDisabled = definition?.healthcheck?.isDisabled ?? false
        let isChecked = !isDisabled && (definition?.healthcheck?.test != nil || behaviour.healthyAfter != nil)
        containers[id]?.state = .running
        containers[id]?.startedAt = now()
        containers[id]?.exitCode = 0
        containers[id]?.processID = 1000 + nextNumber
        let joined = recipes[id]?.networks.values.map(\.name) ?? []
        let address = "192.0.2.\(runs.count)"
        containers[id]?.addresses = Dictionary(
            uniqueKeysWithValues: (joined.isEmpty ? ["default"] : joined).map { ($0, address) }
        )
        let mappings = definition?.ports ?? []
        containers[id]?.bindings = mappings.enumerated().map { number, port in
            let picked = UInt16(40_000 + 10 * runs.count + number)
            return ObservedBinding(
                hostAddress: "0.0.0.0",
                hostPort: port.hostPort ?? picked,
                target: port.target,
                transport: port.transport
            )
        }
        containers[id]?.health = isChecked ? .starting : .none
        if startDelay == nil {
            emit(id, "start")
        } else {
            Task {
                try? await Task.sleep(for: .milliseconds(50))
                self.emit(id, "start")
            }
        }
        if let after = behaviour.healthyAfter {
            Task {
                try? await Task.sleep(for: after)
                if self.runs[id] == run { self.becomeHealthy(id) }
            }
        }
        if let ending = behaviour.ends {
            Task {
                try? await Task.sleep(for: ending.after)
                if self.runs[id] == run { self.end(id, exitCode: ending.exitCode) }
            }
        }
    }

    private func becomeHealthy(_ id: String) {
        guard containers[id]?.state == .running else { return }
        containers[id]?.health = .healthy
        emit(id, "health_status: healthy")
    }

    private func ports(_ id: String) -> [String] { recipes[id]?.definition.ports.compactMap(\.published) ?? [] }
}
