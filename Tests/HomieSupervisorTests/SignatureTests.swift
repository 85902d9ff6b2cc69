import Crypto
import Foundation
import HomieModel
import HomiePlanning
import HomieSupervisor
import HomieTestSupport
import Testing

/// Someone who signs images as cosign does.
struct Signer {
    let key = P256.Signing.PrivateKey()

    var publicKey: String { key.publicKey.pemRepresentation }

    static let digest = "sha256:" + String(repeating: "a", count: 64)

    static func payload(_ digest: String, type: String = "cosign container image signature") -> [UInt8] {
        Array(
            """
            {"critical":{"identity":{"docker-reference":"registry.lan/web"},"image":{"docker-manifest-digest":"\(digest)"},\
            "type":"\(type)"},"optional":null}
            """.utf8
        )
    }

    func evidence(_ digest: String = Signer.digest) throws -> SignatureEvidence {
        let payload = Self.payload(digest)
        let signature = try key.signature(for: Data(payload)).derRepresentation
        return SignatureEvidence(form: .simpleSigning, payload: payload, signature: Array(signature))
    }

    func envelope(_ digest: String, predicate: String = "https://sigstore.dev/cosign/sign/v1") throws
        -> SignatureEvidence
    {
        let payload = Array(
            """
            {"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"","digest":{"sha256":"\(digest.dropFirst(7))"}}],\
            "predicateType":"\(predicate)","predicate":{}}
            """.utf8
        )
        var evidence = SignatureEvidence(
            form: .envelope(type: "application/vnd.in-toto+json"),
            payload: payload,
            signature: []
        )
        evidence.signature = Array(try key.signature(for: Data(SignatureJudge.message(of: evidence))).derRepresentation)
        return evidence
    }
}

/// A registry's signatures in memory, which counts how often it is asked.
actor SignatureBoard: SignatureSource, ImageRegistry {
    private var trusted: [ImageKeys.Key] = []
    private var found: [String: [SignatureEvidence]] = [:]
    private(set) var questions = 0
    var isUp = true
    /// What tags name.
    var digests: [String: String] = [:]

    struct Silence: UserFacingError {
        var summary: String { "the registry cannot be asked" }
        var hint: String? { nil }
        var kind: ErrorKind { .unreachable }
    }

    func trust(_ signer: Signer, as name: String) { trusted.append(ImageKeys.Key(name: name, text: signer.publicKey)) }
    func distrust() { trusted = [] }
    func put(_ evidence: [SignatureEvidence], for image: String) { found[image] = evidence }
    func name(_ digest: String, _ reference: String) { digests[reference] = digest }
    func setUp(_ isUp: Bool) { self.isUp = isUp }

    func keys() -> ImageKeys { ImageKeys(keys: trusted) }

    func signatures(of image: String) throws -> [SignatureEvidence] {
        questions += 1
        guard isUp else { throw Silence() }
        return found[image] ?? []
    }

    func digest(of reference: String) throws -> String {
        guard isUp, let digest = digests[reference] else { throw Silence() }
        return digest
    }
}

@Suite struct SignatureTests {
    private let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)
    private let image = "registry.lan/web@\(Signer.digest)"
    private let other = "sha256:" + String(repeating: "b", count: 64)

    private func judge(_ signers: Signer...) -> SignatureJudge {
        SignatureJudge(signers.enumerated().map { ImageKeys.Key(name: "k\($0.offset)", text: $0.element.publicKey) })
    }

    @Test func `a signature by a known key over this very image holds, in both forms`() throws {
        let vendor = Signer()
        let simple = judge(Signer(), vendor).judge(image, [try vendor.evidence()], at: now)
        #expect(simple.state == .verified && simple.signer == "k1" && simple.clause == "is signed by 'k1'")
        #expect(judge(vendor).judge(image, [try vendor.envelope(Signer.digest)], at: now).state == .verified)
    }

    @Test func `a wrong key, a changed payload, another image and a bare statement do not hold, each as what it is`()
        throws
    {
        let vendor = Signer()
        #expect(judge(Signer()).judge(image, [try vendor.evidence()], at: now).state == .unknownSigner)
        #expect(judge().judge(image, [try vendor.evidence()], at: now).state == .unknownSigner)
        var tampered = try vendor.evidence()
        tampered.payload = Signer.payload(Signer.digest, type: "cosign container image signaturE")
        #expect(judge(vendor).judge(image, [tampered], at: now).state == .unknownSigner)
        let moved = judge(vendor).judge(image, [try vendor.evidence(other)], at: now)
        #expect(moved.state == .invalid)
        #expect(moved.clause == "has a signature by 'k0' that was made for something else")
        let statement = try vendor.envelope(Signer.digest, predicate: "https://spdx.dev/Document")
        #expect(judge(vendor).judge(image, [statement], at: now).state == .invalid)
        #expect(judge(vendor).judge(image, [], at: now).state == .unsigned)
        // One that holds counts, whatever lies beside it.
        let all = [tampered, try vendor.evidence(other), try vendor.evidence()]
        #expect(judge(vendor).judge(image, all, at: now).state == .verified)
    }

    @Test func `the key that a service names is the only one that counts`() throws {
        let (vendor, house) = (Signer(), Signer())
        let known = ImageKeys(keys: [
            ImageKeys.Key(name: "vendor", text: vendor.publicKey), ImageKeys.Key(name: "house", text: house.publicKey),
        ])
        func state(_ key: String) throws -> ImageSignature.State {
            let rules = try SignatureRules(
                homie: .object(["signature": .object(["key": .string(key)])]),
                labels: [:]
            )
            return SignatureJudge(known, for: rules).judge(image, [try vendor.evidence()], at: now).state
        }
        #expect(try state("vendor") == .verified)
        #expect(try state("house") == .unknownSigner)
        #expect(try state(vendor.publicKey) == .verified)
        #expect(try state(house.publicKey) == .unknownSigner)
        #expect(try state("nobody") == .unknownSigner)
    }

    @Test func `a P-384 key and no key at all are no keys`() {
        #expect(SignatureJudge.isKey(Signer().publicKey))
        #expect(!SignatureJudge.isKey(P384.Signing.PrivateKey().publicKey.pemRepresentation))
        #expect(!SignatureJudge.isKey("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
    }

    private func definition(_ signature: JSONValue?) throws -> StackDefinition {
        try stack(
            "shop",
            [
                "web": service("registry.lan/web:1") { service in
                    if let signature { service.homie = .object(["signature": signature]) }
                }
            ]
        )
    }

    @Test func `an image that must be signed is deployed when it is, and refused with the reason when it is not`()
        async throws
    {
        let (vendor, board) = (Signer(), SignatureBoard())
        let bench = try await Bench(registry: board, signatures: board)
        await bench.engine.addImage("registry.lan/web:1", digests: [image])
        let asked = try definition(.string("required"))
        func refusal() async -> SupervisorError? {
            await #expect(throws: SupervisorError.self) {
                try await bench.supervisor.apply(asked, options: ApplyOptions())
            }
        }
        let keyless = try #require(await refusal())
        #expect(keyless.summary.hasSuffix("cannot be checked: there is no key") && keyless.kind == .refused)
        await board.trust(vendor, as: "vendor")
        let unsigned = try #require(await refusal())
        #expect(unsigned.summary == "'web' must run a signed image, but 'registry.lan/web:1' is not signed")
        await board.setUp(false)
        let silent = try #require(await refusal())
        #expect(silent.summary.hasSuffix("its registry does not answer") && silent.underlying != nil)
        await board.setUp(true)
        await board.put([try vendor.evidence()], for: image)
        #expect(try await bench.up(asked).state == .succeeded)
        // It is known now: neither the same deployment nor a change of it needs the registry.
        let questions = await board.questions
        await board.setUp(false)
        var changed = asked
        changed.services[name("web")]?.environment["A"] = "1"
        #expect(try await bench.up(changed).state == .succeeded)
        #expect(await board.questions == questions)
    }

    @Test func `what must be signed and is not is not even fetched, and what was fetched is looked at again`()
        async throws
    {
        let (vendor, board) = (Signer(), SignatureBoard())
        await board.trust(vendor, as: "vendor")
        await board.name(Signer.digest, "registry.lan/web:1")
        let bench = try await Bench(registry: board, signatures: board)
        await bench.engine.addToRegistry("registry.lan/web:1", digests: ["registry.lan/web@\(other)"])
        let asked = try definition(.object(["required": .bool(true)]))
        await #expect(throws: SupervisorError.self) { try await bench.supervisor.apply(asked, options: ApplyOptions()) }
        #expect(await !bench.engine.calls.contains { $0.hasPrefix("pull") })
        // The tag moves between the question and the pull: what came is another image.
        await board.put([try vendor.evidence()], for: image)
        let end = try await bench.settle(try await bench.supervisor.apply(asked, options: ApplyOptions()))
        #expect(end.state == .failed)
        #expect(await bench.engine.find("shop-web-1") == nil)
        #expect(try await bench.kinds(stackName("shop")).contains("image.failed"))
    }

    @Test func `a plan says that an image would be refused, or that its registry is asked first, and asks nobody`()
        async throws
    {
        let (vendor, board) = (Signer(), SignatureBoard())
        let bench = try await Bench(registry: board, signatures: board)
        await bench.engine.addImage("registry.lan/web:1", digests: [image])
        let asked = try definition(.string("required"))
        func words(_ definition: StackDefinition, pulls: Bool = false) async throws -> [String] {
            let options = ApplyOptions(pulls: pulls)
            return try await bench.supervisor.plan(definition, options: options).filter { $0.object == "image" }
                .map { "\($0.action) \($0.name): \($0.reason)" }
        }
        let must = "registry.lan/web:1: 'web' must run a signed image"
        #expect(try await words(asked) == ["refuse \(must), but it cannot be checked: there is no key"])
        await board.trust(vendor, as: "vendor")
        let open = ["check \(must): its registry is asked before it is deployed"]
        #expect(try await words(asked) == open)
        #expect(await board.questions == 0)
        // A refused deployment leaves behind what was seen.
        await #expect(throws: SupervisorError.self) { try await bench.supervisor.apply(asked, options: ApplyOptions()) }
        let told = try await words(asked)
        #expect(told.count == 1)
        #expect(
            told.first?.hasPrefix("refuse \(must), but it is not signed, when its registry was asked on 20") == true
        )
        // What the tag will name after a pull is not known yet.
        #expect(try await words(asked, pulls: true) == open)
        #expect(await board.questions == 1)
        await board.put([try vendor.evidence()], for: image)
        #expect(try await bench.up(asked).state == .succeeded)
        var changed = asked
        changed.services[name("web")]?.environment["A"] = "1"
        #expect(try await words(changed) == [])
        #expect(try await words(definition(nil)) == [])
        var pinned = asked
        pinned.services[name("web")]?.image = "registry.lan/web@\(other)"
        let later = "'web' must run a signed image: its registry is asked before it is deployed"
        #expect(try await words(pinned) == ["check registry.lan/web@\(other): \(later)"])
        var built = asked
        built.services[name("web")]?.build = BuildDefinition(context: "/srv")
        #expect(try await words(built) == ["refuse \(must), but it is built on this device"])
    }

    @Test func `a plan of what is in place says nothing of signatures, whatever became of the keys`() async throws {
        let (vendor, board) = (Signer(), SignatureBoard())
        let bench = try await Bench(registry: board, signatures: board)
        await bench.engine.addImage("registry.lan/web:1", digests: [image])
        await board.trust(vendor, as: "vendor")
        await board.put([try vendor.evidence()], for: image)
        let asked = try definition(.string("required"))
        #expect(try await bench.up(asked).state == .succeeded)
        await board.distrust()
        let same = try await bench.supervisor.plan(asked, options: ApplyOptions())
        #expect(same.allSatisfy { $0.action == "keep" })
        let again = try await bench.supervisor.plan(asked, options: ApplyOptions(forcesRecreate: true))
        #expect(again.last?.action == "refuse")
    }

    @Test func `what is built here must not be asked for a signature`() async throws {
        let board = SignatureBoard()
        let bench = try await Bench(registry: board, signatures: board)
        await bench.engine.addImage("registry.lan/web:1")
        let asked = try definition(.string("required"))
        await board.trust(Signer(), as: "vendor")
        let error = await #expect(throws: SupervisorError.self) {
            try await bench.supervisor.apply(asked, options: ApplyOptions())
        }
        #expect(error?.summary.hasSuffix("is not from the registry that its name says") == true)
    }

    @Test func `doctor tells of images without a signature once, and nothing flaps when the registry is away`()
        async throws
    {
        let (vendor, board) = (Signer(), SignatureBoard())
        let store = MemoryStateStore()
        let engine = SimulatedEngine()
        var bench: Bench? = try await Bench(
            engine: engine,
            store: store,
            registry: board,
            signatures: board,
            imageCheckInterval: .milliseconds(50)
        )
        await engine.addImage("registry.lan/web:1", digests: [image])
        await engine.addImage("made/here:1")
        var asked = try definition(.object(["key": .string(vendor.publicKey)]))
        asked.services[name("own")] = service("made/here:1")
        _ = try await bench?.up(asked)
        func findings(_ bench: Bench?) async -> [String: Finding] {
            let all = await bench?.supervisor.doctor() ?? []
            return Dictionary(all.map { ($0.check, $0) }) { first, _ in first }
        }
        let told = try await eventually("doctor tells of it") {
            await findings(bench)["image-unsigned"].flatMap { $0.level == .notice ? $0 : nil }
        }
        #expect(told.message == "of the images from registries: not signed: registry.lan/web:1")
        #expect(await findings(bench)["image-unverified"]?.level == .warning)
        let issue = try #require(await bench?.supervisor.issues().first { $0.check == "image-unverified" })
        // The registry goes, the daemon starts anew: what is known stays known, since when it is.
        await board.setUp(false)
        await bench?.kill()
        bench = nil
        let next = try await Bench(
            engine: engine,
            store: store,
            registry: board,
            signatures: board,
            imageCheckInterval: .milliseconds(50)
        )
        try await next.running("shop-web-1")
        for _ in 0..<20 {
            let now = await next.supervisor.issues().first { $0.check == "image-unverified" }
            #expect(now == issue)
            try await Task.sleep(for: .milliseconds(20))
        }
        // It comes back with a signature.
        await board.put([try vendor.evidence()], for: image)
        await board.setUp(true)
        try await eventually("it is known to be signed") {
            await findings(next)["image-unsigned"].flatMap { $0.level == .ok ? true : nil }
        }
        #expect(await next.supervisor.issues().allSatisfy { $0.check != "image-unverified" })
        let questions = await board.questions
        try await Task.sleep(for: .milliseconds(300))
        _ = await findings(next)
        #expect(await board.questions == questions)
    }
}
