import HomieModel

/// When the gateway's own certificates expire.
struct CertificateExpiry: Sendable, Hashable {
    var leaf: Timestamp?
    var root: Timestamp

    /// What `homie doctor` says of them. A leaf is renewed two weeks before its end: less means that this failed.
    func finding(now: Timestamp) -> Finding {
        func days(_ time: Timestamp) -> Double { (time - now).seconds / 86_400 }
        if let leaf, days(leaf) < 10 {
            return Finding(
                check: "gateway-certificate",
                level: .error,
                message:
                    "the gateway's certificate \(days(leaf) < 0 ? "expired" : "expires") on \(leaf.rfc3339.prefix(10)) "
                    + "and was not renewed",
                remedy: "systemctl restart homied"
            )
        }
        guard days(root) > 90 else {
            return Finding(
                check: "gateway-certificate",
                level: .warning,
                message:
                    "the device's certificate authority expires on \(root.rfc3339.prefix(10)); devices that trust it "
                    + "have to trust the next one",
                remedy: "openssl x509 -noout -enddate -in /var/lib/homie/gateway/authority/root.pem"
            )
        }
        return Finding(
            check: "gateway-certificate",
            level: .ok,
            message: "the gateway's certificate holds until \((leaf ?? root).rfc3339.prefix(10))"
        )
    }
}
