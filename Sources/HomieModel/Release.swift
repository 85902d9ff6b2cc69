/// What every program of this build calls itself.
public enum HomieRelease {
    /// Semantic Versioning 2.0.0.
    public static let version = "0.1.0"
}
