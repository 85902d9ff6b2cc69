internal import HomieModel

/// Which service of which stack a person means.
enum ServiceFinder {
    /// - Throws: ``CommandError/noSuchService(_:)``, ``CommandError/ambiguousService(_:stacks:)``
    static func find(
        _ argument: ServiceArgument,
        stack: StackName?,
        in stacks: [StackStatus]
    ) throws(CommandError) -> ServiceStatus {
        let wanted = argument.stack ?? stack
        let found = stacks.filter { wanted == nil || $0.name == wanted }.flatMap(\.services)
            .filter { $0.service == argument.service }
        guard let first = found.first else {
            throw .noSuchService(wanted.map { "\($0)/\(argument.service)" } ?? argument.service.text)
        }
        guard found.count == 1 else {
            throw .ambiguousService(argument.service.text, stacks: found.map(\.stack).sorted())
        }
        return first
    }
}
