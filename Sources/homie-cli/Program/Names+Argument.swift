public import ArgumentParser
public import HomieModel

extension StackName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? StackName(parsing: argument) else { return nil }
        self = name
    }
}

extension ServiceName: ExpressibleByArgument {
    public init?(argument: String) {
        guard let name = try? ServiceName(parsing: argument) else { return nil }
        self = name
    }
}

/// A service on the command line: `web`, or `shop/web` with its stack.
struct ServiceArgument: ExpressibleByArgument, Sendable, Hashable, CustomStringConvertible {
    let stack: StackName?
    let service: ServiceName

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last, parts.count <= 2, let service = ServiceName(argument: last) else { return nil }
        self.service = service
        if parts.count == 2 {
            guard let stack = StackName(argument: parts[0]) else { return nil }
            self.stack = stack
        } else {
            stack = nil
        }
    }

    var description: String { stack.map { "\($0)/\(service)" } ?? service.text }
}

extension UserName: ExpressibleByArgument {
    public init?(argument: String) { try? self.init(parsing: argument) }
}

extension Scope: ExpressibleByArgument {
    public init?(argument: String) { try? self.init(parsing: argument) }
}

extension Role: ExpressibleByArgument {}
