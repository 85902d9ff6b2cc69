internal import HomieAPI
internal import HomieModel

/// The session of `homie login` at a device, which several `homie` share.
struct KeptSession: Sendable {
    let device: String
    let store: CredentialStore
    let now: @Sendable () -> Timestamp

    /// The token to send; a session whose token is about to run out is renewed first, by one `homie` for all.
    ///
    /// - Parameter renew: asks the device, for a refresh token.
    /// - Returns: nil when nobody is signed in there.
    func token(renew: (String) async throws -> GrantAnswer) async throws -> String? {
        guard let kept = try store.read().devices[device] else { return nil }
        guard isOld(kept) else { return kept.token }
        return try await store.change { credentials -> String? in
            // Another may have renewed it while this one waited for its turn: what it spent must not be sent again.
            guard var kept = credentials.devices[device] else { return nil }
            guard isOld(kept) else { return kept.token }
            kept.take(try await renew(kept.refresh))
            credentials.devices[device] = kept
            return kept.token
        }
    }

    private func isOld(_ kept: KeptCredentials.Device) -> Bool {
        (kept.expiresAt - now()).nanoseconds < 30_000_000_000
    }
}

extension KeptCredentials.Device {
    /// Keeps what a renewal brought.
    fileprivate mutating func take(_ grant: GrantAnswer) {
        token = grant.token ?? token
        refresh = grant.refresh ?? refresh
        expiresAt = grant.expiresAt
    }
}
