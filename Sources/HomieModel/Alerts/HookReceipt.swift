/// What an incoming webhook set off.
public struct HookReceipt: Sendable, Hashable, Codable {
    public var hook: AlertName
    /// `deploys 'shop'`
    public var did: String
    public var deployment: Int64?

    public init(hook: AlertName, did: String, deployment: Int64? = nil) {
        self.hook = hook
        self.did = did
        self.deployment = deployment
    }
}
