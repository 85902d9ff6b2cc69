import HomieModel

extension DeviceCheck {
    /// Who made the images that run.
    static let signatures: [DeviceCheck] = [
        DeviceCheck("image-unverified") { checkup in
            let issues = each(checkup) { service, stack in unverified(service, stack, checkup) }
            return .of(issues, orFine: "every image that must be signed is")
        },
        DeviceCheck("image-unsigned") { checkup in
            // What one would have to write down for each image of the world is told once, and no issue.
            let known = checkup.stacks.filter { !$0.isLeaving }.flatMap(\.services)
                .filter { $0.definition.signatureRules.mode != .off }.compactMap { service in
                    service.signature.map { (service.definition.image ?? $0.image, $0.state) }
                }
            guard !known.isEmpty else { return .unknown }
            func names(_ states: ImageSignature.State...) -> [String] {
                Set(known.filter { states.contains($0.1) }.map(\.0)).sorted()
            }
            let unsigned = names(.unsigned)
            let strangers = names(.unknownSigner, .invalid)
            let verified = names(.verified)
            guard !unsigned.isEmpty || !strangers.isEmpty else {
                return .fine("\(verified.count) images are signed by keys of this device")
            }
            let parts = [
                verified.isEmpty ? nil : "\(verified.count) signed by keys of this device",
                strangers.isEmpty ? nil : "signed by someone unknown: \(list(strangers))",
                unsigned.isEmpty ? nil : "not signed: \(list(unsigned))",
            ]
            return .notice(
                "of the images from registries: \(parts.compactMap { $0 }.joined(separator: "; "))",
                "a publisher's key in /etc/homie/image-keys lets its images be checked"
            )
        },
        DeviceCheck("image-keys") { checkup in
            guard !checkup.badKeys.isEmpty else { return .fine("every key to check images with can be used") }
            return .wrong([
                DeviceIssue(
                    id: "image-keys",
                    check: "image-keys",
                    severity: .warning,
                    summary: "a key to check images with cannot be used",
                    since: checkup.now,
                    evidence: checkup.badKeys,
                    remedy: byHand(
                        "write it anew",
                        "cosign public-key --key cosign.key > /etc/homie/image-keys/NAME.pub"
                    )
                )
            ])
        },
    ]

    private static func unverified(
        _ service: ServiceFacts,
        _ stack: StackFacts,
        _ checkup: Checkup
    ) -> DeviceIssue? {
        let rules = service.definition.signatureRules
        guard rules.mode != .off, let signature = service.signature, signature.state != .verified else { return nil }
        // Without a word about it in the file, only what somebody must have tampered with is wrong.
        guard rules.mode == .required || rules.key != nil || signature.state == .invalid else { return nil }
        let image = service.definition.image ?? signature.image
        return issue(
            "image-unverified",
            rules.mode == .required ? .error : .warning,
            "the image '\(image)' of '\(service.name)' \(signature.clause)",
            service,
            stack,
            checkup,
            evidence: [signature.image, "looked at on \(signature.checkedAt.rfc3339)"],
            remedy: byHand("see who made it", "cosign verify --key /etc/homie/image-keys/NAME.pub \(signature.image)")
        )
    }

    private static func list(_ names: [String]) -> String {
        names.count <= 6
            ? names.joined(separator: ", ") : "\(names.prefix(5).joined(separator: ", ")) and \(names.count - 5) more"
    }
}
