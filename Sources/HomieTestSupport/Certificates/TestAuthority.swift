/// A certificate authority for a test, good for two days.
public enum TestAuthority {
    /// What `openssl` makes it by.
    ///
    /// - Parameters:
    ///   - name: stands in its subject, before `CA`.
    ///   - key: where its key is written.
    ///   - certificate: where its certificate is written (PEM).
    public static func arguments(name: String, key: String, certificate: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/O=Test/CN=\(name) CA", "-keyout", key, "-out", certificate,
        ]
    }
}
