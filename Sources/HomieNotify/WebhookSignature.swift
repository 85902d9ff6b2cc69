import Crypto
public import HomieModel

/// The signature of Standard Webhooks: HMAC-SHA256 over ID, time and body
/// (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
public enum WebhookSignature {
    /// `v1,` and base64.
    /// - Parameter second: since 1970.
    public static func sign(_ body: [UInt8], id: String, second: Int64, key: WebhookKey) -> String {
        let content = Array("\(id).\(second).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key.bytes))
        return "v1,\(Base64.encode(Array(code)))"
    }
}
