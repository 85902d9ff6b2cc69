public import HomieModel

/// The certificate that a service has of the device's authority (`x-homie.tls`), as of one moment.
public struct OwnCertificateFacts: Sendable, Hashable {
    /// How long it is good when it is new; it is renewed with a third of that before it.
    public var lifetime: TimeSpan
    /// Nil while there is none.
    public var expires: Timestamp?
    /// Why it was not renewed when that was tried last, in one clause.
    public var trouble: String?

    public init(lifetime: TimeSpan, expires: Timestamp? = nil, trouble: String? = nil) {
        self.lifetime = lifetime
        self.expires = expires
        self.trouble = trouble
    }

    /// Less than a sixth of its life is left: that it was to be renewed is half of that time ago.
    func isLate(_ end: Timestamp, now: Timestamp) -> Bool { (end - now).seconds < lifetime.seconds / 6 }
}

extension DeviceCheck {
    /// What services show to each other and to their checks.
    static let certificates: [DeviceCheck] = [
        DeviceCheck("certificate") { checkup in
            .of(
                each(checkup) { service, stack in shownCertificate(of: service, stack, checkup) },
                orFine: "no service shows a certificate that expires soon"
            )
        },
        DeviceCheck("service-certificate") { checkup in
            let services = checkup.stacks.filter { !$0.isLeaving }.flatMap(\.services)
            guard services.contains(where: { $0.ownCertificate != nil }) else { return .unknown }
            let issues = each(checkup) { service, stack in ownCertificate(of: service, stack, checkup) }
            return .of(issues, orFine: "the certificates that services have of this device are renewed in time")
        },
    ]

    private static func shownCertificate(
        of service: ServiceFacts,
        _ stack: StackFacts,
        _ checkup: Checkup
    ) -> DeviceIssue? {
        guard let expires = service.certificateExpires else { return nil }
        let days = (expires - checkup.now).seconds / 86_400
        var isUrgent = days < 3
        // One that is good for a day is never far from its end.
        if let own = service.ownCertificate, own.lifetime < .seconds(84 * 86_400) {
            guard own.isLate(expires, now: checkup.now) else { return nil }
            isUrgent = true
        }
        guard days < 14 else { return nil }
        let log = "homie logs \(service.name) --stack \(stack.definition.name)"
        return issue(
            "certificate",
            isUrgent ? .error : .warning,
            "the certificate of '\(service.name)' \(days < 0 ? "expired" : "expires") on \(expires.rfc3339.prefix(10))",
            service,
            stack,
            checkup,
            remedy: service.ownCertificate == nil
                ? byHand("have it renewed", log) : byHand("have it read its new one (x-homie.tls.reload)", log)
        )
    }

    private static func ownCertificate(
        of service: ServiceFacts,
        _ stack: StackFacts,
        _ checkup: Checkup
    ) -> DeviceIssue? {
        guard let own = service.ownCertificate else { return nil }
        let isLate = own.expires.map { own.isLate($0, now: checkup.now) } ?? false
        guard isLate || own.trouble != nil else { return nil }
        let state =
            own.expires.map { end in
                "\(end < checkup.now ? "ended" : "ends") at \(end.rfc3339.prefix(19))Z and was not renewed"
            } ?? "cannot be issued"
        let name = stack.definition.name
        return issue(
            "service-certificate",
            .error,
            "the certificate of '\(service.name)' \(state)" + (own.trouble.map { ": \($0)" } ?? ""),
            service,
            stack,
            checkup,
            remedy: byHand("see what happened", "homie events --stack \(name)")
        )
    }
}
