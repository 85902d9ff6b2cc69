/// Makes and checks passwords' hashes one at a time, so that many who sign in together do not take the device's memory.
actor PasswordDesk {
    private let cost: PasswordHash.Cost
    private let randomness: Randomness
    private var decoy: PasswordHash?

    init(cost: PasswordHash.Cost, randomness: Randomness) {
        self.cost = cost
        self.randomness = randomness
    }

    func hash(_ password: String) throws -> PasswordHash {
        try PasswordHash(of: password, cost: cost, from: randomness)
    }

    /// Takes as long for a user who is not there, whom its time must not give away.
    func accepts(_ password: String, _ hash: PasswordHash?) throws -> Bool {
        if let hash { return try hash.accepts(password) }
        let decoy = try self.decoy ?? PasswordHash(of: randomness.base62(24), cost: cost, from: randomness)
        self.decoy = decoy
        _ = try decoy.accepts(password)
        return false
    }
}
