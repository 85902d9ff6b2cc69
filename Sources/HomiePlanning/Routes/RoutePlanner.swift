public import HomieModel

/// Makes the route table of all stacks: pure, and the same for the same input in any order.
public struct RoutePlanner: Sendable {
    /// A stack and the containers the engine has of it.
    public struct Stack: Sendable, Hashable {
        public var definition: StackDefinition
        public var containers: [ObservedContainer]

        public init(definition: StackDefinition, containers: [ObservedContainer]) {
            self.definition = definition
            self.containers = containers
        }
    }

    /// What overrules the even share of a service's replicas, by container ID.
    public struct Traffic: Sendable, Hashable {
        /// From 0 to 256; 100 when absent.
        public var weights: [String: Int]
        /// Containers that get nothing new.
        public var draining: Set<String>
        /// Services that are led from one version to the next: a container of theirs without a weight is on trial.
        public var led: Set<ServiceKey>
        /// Services whose requests are noted.
        public var measured: Set<ServiceKey>

        public init(
            weights: [String: Int] = [:],
            draining: Set<String> = [],
            led: Set<ServiceKey> = [],
            measured: Set<ServiceKey> = []
        ) {
            self.weights = weights
            self.draining = draining
            self.led = led
            self.measured = measured
        }
    }

    /// A service of a stack.
    public struct ServiceKey: Sendable, Hashable {
        public var stack: StackName
        public var service: ServiceName

        public init(_ stack: StackName, _ service: ServiceName) {
            self.stack = stack
            self.service = service
        }
    }

    private let stacks: [Stack]
    private let hand: [HandRoute]
    private let traffic: Traffic
    private let byID: [String: ObservedContainer]

    /// - Parameter hand: routes that people made.
    public init(stacks: [Stack], hand: [HandRoute] = [], traffic: Traffic = Traffic()) {
        self.stacks = stacks.sorted { $0.definition.name < $1.definition.name }
        self.hand = hand.sorted { $0.name < $1.name }
        self.traffic = traffic
        let all = stacks.flatMap(\.containers).map { ($0.id, $0) }
        byID = Dictionary(all) { first, _ in first }
    }

    public func table() -> RouteTable {
        var table = RouteTable()
        for route in hand { plan(route, into: &table) }
        for stack in stacks {
            for (name, service) in stack.definition.services.sorted(by: { $0.key < $1.key }) {
                plan(service, name, of: stack, into: &table)
            }
        }
        RouteNaming.name(&table)
        addVersions(to: &table)
        return table
    }

    /// Every version is a route of its own, with the names of the one it belongs to.
    private func addVersions(to table: inout RouteTable) {
        var taken = table.routes.reduce(into: Set<String>()) { $0.formUnion(RouteNaming.places(of: $1)) }
        for base in table.routes {
            for version in base.route.versions {
                var planned = base
                planned.key.version = version.name
                planned.version = version
                planned.route.versions = []
                if let port = version.port { planned.route.port = port }
                let stack = stacks.first { $0.definition.name == base.key.stack }
                if let stack, let name = version.service ?? base.key.service {
                    guard let service = stack.definition.services[name] else {
                        let message = "there is no service '\(stack.definition.name)/\(name)'"
                        table.problems.append(
                            RouteProblem(planned.key, message: message, hint: "name one of the stack")
                        )
                        continue
                    }
                    planned.endpoints = endpoints(planned.route, service, name, of: stack)
                    planned.isMeasured = traffic.measured.contains(ServiceKey(stack.definition.name, name))
                    planned.webSocketPath = Self.webSocketPath(of: service)
                } else if let port = version.port, base.key.service == nil {
                    for index in planned.endpoints.indices { planned.endpoints[index].port = port }
                }
                let places = RouteNaming.places(of: planned)
                if let place = places.intersection(taken).min() {
                    let message = "\(place) is another route's already"
                    table.problems.append(
                        RouteProblem(planned.key, message: message, hint: "name the version otherwise")
                    )
                    continue
                }
                taken.formUnion(places)
                table.routes.append(planned)
            }
        }
        table.routes.sort { $0.key < $1.key }
    }

    private func endpoints(
        _ route: GatewayRoute,
        _ service: ServiceDefinition,
        _ name: ServiceName,
        of stack: Stack
    ) -> [RouteEndpoint] {
        serving(name, of: stack).compactMap { endpoint($0, route, service, stack.definition) }
    }

    private func serving(_ name: ServiceName, of stack: Stack) -> [ObservedContainer] {
        stack.containers.filter { $0.service == name && !$0.isOneOff && Self.canServe($0) }.sorted { $0.id < $1.id }
    }

    private func plan(
        _ service: ServiceDefinition,
        _ name: ServiceName,
        of stack: Stack,
        into table: inout RouteTable
    ) {
        let routes: [GatewayRoute]
        do throws(RouteError) {
            routes = try RouteReader(stack: stack.definition.name, service: name, definition: service).routes()
        } catch {
            table.problems.append(
                RouteProblem(
                    stack: stack.definition.name,
                    service: name,
                    message: error.summary,
                    hint: error.hint
                )
            )
            return
        }
        for (index, route) in routes.enumerated() {
            let key = RouteKey(stack: stack.definition.name, service: name, number: index + 1)
            add(route, as: key, to: service, name, of: stack, &table)
        }
    }

    /// A route made by hand.
    private func plan(_ route: HandRoute, into table: inout RouteTable) {
        let key = RouteKey(route)
        switch route.target {
        case .outside(let address):
            let endpoint = RouteEndpoint(name: "outside", address: address.host, port: address.port)
            table.routes.append(PlannedRoute(key: key, route: route.route, endpoints: [endpoint]))
            if let fault = route.identityFault {
                table.problems.append(RouteProblem(key, message: fault.message, hint: fault.hint))
            }
        case .service(let stackName, let name):
            let stack = stacks.first { $0.definition.name == stackName }
            guard let stack, let service = stack.definition.services[name] else {
                table.routes.append(PlannedRoute(key: key, route: route.route))
                let message = "there is no service '\(stackName)/\(name)'"
                table.problems.append(RouteProblem(key, message: message, hint: "deploy it, or remove the route"))
                return
            }
            add(route.route, as: key, to: service, name, of: stack, &table)
        }
    }

    private func add(
        _ route: GatewayRoute,
        as key: RouteKey,
        to service: ServiceDefinition,
        _ name: ServiceName,
        of stack: Stack,
        _ table: inout RouteTable
    ) {
        let endpoints = endpoints(route, service, name, of: stack)
        table.routes.append(
            PlannedRoute(
                key: key,
                route: route,
                endpoints: endpoints,
                isMeasured: traffic.measured.contains(ServiceKey(stack.definition.name, name)),
                webSocketPath: Self.webSocketPath(of: service)
            )
        )
        if endpoints.isEmpty, !serving(name, of: stack).isEmpty {
            table.problems.append(
                RouteProblem(
                    key,
                    message: "its containers have no address the gateway can reach",
                    hint: "give it a bridge network, or network_mode: host"
                )
            )
        }
    }

    private static func webSocketPath(of service: ServiceDefinition) -> RoutePath? {
        service.homie?["update"]?["websocket"]?.stringValue.flatMap { try? RoutePath(parsing: $0) }
    }

    /// Runs, and is healthy as far as anybody checks.
    private static func canServe(_ container: ObservedContainer) -> Bool {
        guard container.state == .running else { return false }
        switch container.health {
        case .none, .healthy: return true
        case .starting, .unhealthy: return false
        }
    }

    private func endpoint(
        _ container: ObservedContainer,
        _ route: GatewayRoute,
        _ service: ServiceDefinition,
        _ stack: StackDefinition
    ) -> RouteEndpoint? {
        guard let address = address(of: container, service, stack) else { return nil }
        let isLed = container.service.map { traffic.led.contains(ServiceKey(stack.name, $0)) } ?? false
        let isDraining = traffic.draining.contains(container.id)
        let isTrial = isLed && traffic.weights[container.id] == nil && !isDraining
        let weight = isTrial ? 0 : traffic.weights[container.id] ?? 100
        return RouteEndpoint(
            name: String(container.id.prefix(12)),
            address: address,
            port: route.port,
            weight: min(256, max(0, weight)),
            isDraining: isDraining,
            isTrial: isTrial
        )
    }

    private func address(
        of container: ObservedContainer,
        _ service: ServiceDefinition,
        _ stack: StackDefinition
    ) -> String? {
        if service.networkMode == .plain("host") { return "127.0.0.1" }
        var holder = container
        var holderService: ServiceDefinition? = service
        if let id = container.networkParent {
            guard let parent = byID[id], parent.state == .running else { return nil }
            holder = parent
            holderService = parent.service.flatMap { stack.services[$0] }
            if holderService?.networkMode == .plain("host") { return "127.0.0.1" }
        }
        // The host cannot reach its own containers over these drivers.
        let unreachable = Set(
            stack.networks.values.filter { $0.driver == "macvlan" || $0.driver == "ipvlan" }.map(\.name)
        )
        let usable = holder.addresses.filter { !$0.value.isEmpty && !unreachable.contains($0.key) }
            .sorted { $0.key < $1.key }
        return usable.first { !$0.value.contains(":") }?.value ?? usable.first?.value
    }
}
