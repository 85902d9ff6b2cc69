public import ArgumentParser
public import HomieModel

extension SystemVersion: ExpressibleByArgument {
    public init?(argument: String) {
        guard let version = try? SystemVersion(parsing: argument) else { return nil }
        self = version
    }
}

extension SystemKind: ExpressibleByArgument {
    public init?(argument: String) {
        guard let kind = try? SystemKind(parsing: argument) else { return nil }
        self = kind
    }
}

extension Percentage: ExpressibleByArgument {
    public init?(argument: String) {
        guard let number = Int(argument), let share = try? Percentage(number) else { return nil }
        self = share
    }
}
