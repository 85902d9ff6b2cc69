import HomieModel
import HomiePlanning
import Testing

@Suite struct SignatureCheckTests {
    private let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)

    private func checkup(_ services: [(String, ImageSignature.State?, JSONValue?)], badKeys: [String] = []) throws
        -> Checkup
    {
        let facts = try services.map { image, state, rules in
            var definition = ServiceDefinition()
            definition.image = "\(image):1"
            if let rules { definition.homie = .object(["signature": rules]) }
            let signature = state.map {
                ImageSignature(image: "\(image)@sha256:1", keys: "k", state: $0, signer: "vendor", checkedAt: now)
            }
            return ServiceFacts(
                name: try ServiceName(parsing: image),
                definition: definition,
                phase: .healthy,
                signature: signature
            )
        }
        var definition = StackDefinition(name: try StackName(parsing: "shop"))
        for service in facts { definition.services[service.name] = service.definition }
        return Checkup(
            now: now,
            engine: EngineFacts(),
            stacks: [StackFacts(definition: definition, revision: 1, services: facts)],
            badKeys: badKeys
        )
    }

    private func issues(_ checkup: Checkup) -> [DeviceIssue] {
        IssuePlanner.issues(checkup).filter { $0.check.hasPrefix("image-") && $0.check != "image-unpinned" }
    }

    @Test func `images without a signature are one notice and no issue`() throws {
        let all = try checkup([
            ("a", .unsigned, nil), ("b", .unknownSigner, nil), ("c", .verified, nil), ("d", nil, nil),
            ("e", .unsigned, .string("off")),
        ])
        #expect(issues(all).isEmpty)
        let notice = try #require(IssuePlanner.findings(all).first { $0.check == "image-unsigned" })
        #expect(notice.level == .notice)
        #expect(
            notice.message == "of the images from registries: 1 signed by keys of this device; "
                + "signed by someone unknown: b:1; not signed: a:1"
        )
        #expect(notice.remedy?.contains("/etc/homie/image-keys") == true)
        let signed = try checkup([("a", .verified, nil)])
        #expect(IssuePlanner.findings(signed).first { $0.check == "image-unsigned" }?.level == .ok)
    }

    @Test func `nothing is said of images that are made here, or that nobody has looked at yet`() throws {
        #expect(IssuePlanner.findings(try checkup([("a", nil, nil)])).allSatisfy { $0.check != "image-unsigned" })
    }

    @Test func `an image that must be signed, one with a key of its own and one that was tampered with are issues`()
        throws
    {
        let found = issues(
            try checkup([
                ("a", .unsigned, .string("required")), ("b", .unknownSigner, .object(["key": .string("vendor")])),
                ("c", .invalid, nil), ("d", .invalid, .string("off")), ("e", .verified, .string("required")),
            ])
        )
        #expect(found.map(\.id) == ["image-unverified:shop:a", "image-unverified:shop:b", "image-unverified:shop:c"])
        #expect(found.map(\.severity) == [.error, .warning, .warning])
        #expect(found[0].summary == "the image 'a:1' of 'a' is not signed")
    }

    @Test func `a file that should be a key and is none is an issue`() throws {
        let found = issues(try checkup([], badKeys: ["vendor.pub: cannot be read"]))
        #expect(found.map(\.id) == ["image-keys"])
        #expect(found[0].evidence == ["vendor.pub: cannot be read"])
    }
}
