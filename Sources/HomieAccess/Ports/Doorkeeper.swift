public import HomieModel

/// Checks session tokens by itself, without asking, and so has to be told of those that are good no longer: the gateway.
public struct Doorkeeper: Sendable {
    let refuse: @Sendable ([EndedSession]) async throws -> Void
    let admit: @Sendable ([EndedSession]) async throws -> Void

    /// - Parameters:
    ///   - refuse: refuses the tokens of sessions when it returns, and after any restart.
    ///   - admit: takes that back.
    public init(
        refuse: @escaping @Sendable ([EndedSession]) async throws -> Void,
        admit: @escaping @Sendable ([EndedSession]) async throws -> Void
    ) {
        self.refuse = refuse
        self.admit = admit
    }
}
