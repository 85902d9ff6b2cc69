import HomieModel
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

/// An authority that says when a certificate is due, and notes who was given one.
private final class PaperAuthority: ServiceCertificates {
    let requests = Mutex<[CertificateRequest]>([])
    let isDue = Mutex(true)
    /// How long what it gives is good for from now on; nil: nobody gets anything.
    let life = Mutex<TimeSpan?>(.seconds(86_400))

    struct OutOfPaper: UserFacingError {
        var summary: String { "there is no paper" }
        var hint: String? { nil }
        var kind: ErrorKind { .failed }
    }

    func directory(of service: ServiceName, in stack: StackName) -> String { "/run/certificates/\(stack)/\(service)" }

    func provide(_ request: CertificateRequest) async throws -> ProvidedCertificate {
        guard let life = life.withLock({ $0 }) else { throw OutOfPaper() }
        let isNew = isDue.withLock { isDue in
            defer { isDue = false }
            return isDue
        }
        requests.withLock { $0.append(request) }
        let now = Clocks.system().wall()
        return ProvidedCertificate(
            isNew: isNew,
            hasNewDirectory: false,
            expiresAt: now + life,
            dueAt: now + .seconds(1)
        )
    }

    func keep(only services: [(stack: StackName, service: ServiceName)]) async throws {}
}

@Suite("Certificates of services") struct CertificateTests {
    private func stack(tls: JSONValue) throws -> StackDefinition {
        var stack = StackDefinition(name: try StackName(parsing: "shop"))
        var service = ServiceDefinition()
        service.image = "web:1"
        service.homie = ["tls": tls]
        stack.services[try ServiceName(parsing: "web")] = service
        return stack
    }

    @Test func `a container finds its certificate, is told of a new one, and is not taken for stopped by that`()
        async throws
    {
        let bench = try await Bench()
        let authority = PaperAuthority()
        await bench.supervisor.attach(certificates: authority)
        await bench.engine.addImage("web:1")
        #expect(try await bench.up(stack(tls: ["reload": "SIGHUP"])).state == .succeeded)
        let container = try #require(await bench.engine.find("shop-web-1"))
        let recipe = try #require(await bench.engine.recipe(of: container.id))
        let mount = try #require(recipe.definition.mounts.first { $0.target == "/run/homie/tls" })
        #expect(mount.source == "/run/certificates/shop/web" && mount.isReadOnly == true)
        #expect(mount.bindCreatesHostPath == false)
        #expect(recipe.definition.environment["HOMIE_TLS_DIR"] == "/run/homie/tls")
        #expect(authority.requests.withLock { $0.first?.names } == ["web", "web.shop"])

        authority.isDue.withLock { $0 = true }
        let stack = try StackName(parsing: "shop")
        try await eventually("it is renewed") {
            try await bench.kinds(stack).filter { $0 == "certificate.issued" }.count == 2 ? true : nil
        }
        #expect(await bench.engine.find("shop-web-1")?.id == container.id)
        #expect(await bench.engine.find("shop-web-1")?.state == .running)
    }

    @Test func `where nobody issues certificates, a service that wants one does not start without`() async throws {
        let bench = try await Bench()
        await bench.engine.addImage("web:1")
        let deployment = try await bench.supervisor.apply(stack(tls: true), options: ApplyOptions())
        let end = try await bench.settle(deployment)
        #expect(end.state == .failed)
        #expect(await bench.engine.find("shop-web-1") == nil)
    }

    @Test func `doctor and the issues tell of a certificate that was not renewed in time, until it is`() async throws {
        let bench = try await Bench()
        let authority = PaperAuthority()
        await bench.supervisor.attach(certificates: authority)
        await bench.engine.addImage("web:1")
        #expect(try await bench.up(stack(tls: true)).state == .succeeded)
        func finding() async -> Finding? {
            await bench.supervisor.doctor().first { $0.check == "service-certificate" }
        }
        #expect(await finding()?.level == .ok)
        // It is left with less than a sixth of its day, and nobody renews it.
        authority.life.withLock { $0 = .seconds(3600) }
        let late = try await eventually("it is late") { await finding().flatMap { $0.level == .error ? $0 : nil } }
        #expect(late.message.hasPrefix("the certificate of 'web' ends at "), "\(late.message)")
        #expect(late.message.hasSuffix(" and was not renewed") && late.remedy == "homie events --stack shop")
        authority.life.withLock { $0 = .seconds(-60) }
        try await eventually("it has expired") {
            await finding()?.message.hasPrefix("the certificate of 'web' ended at ") == true ? true : nil
        }
        let issue = try #require(await bench.supervisor.issues().first { $0.check == "service-certificate" })
        #expect(issue.id == "service-certificate:shop:web" && issue.severity == .error)
        #expect(await bench.supervisor.toldIssues()?.map(\.id) == ["service-certificate:shop:web"])
        let told = try await bench.supervisor.events(EventQuery(service: issue.service)).last {
            $0.kind == "issue.opened"
        }
        #expect(told?.service == issue.service && told?.message.hasPrefix("the certificate of 'web' end") == true)
        authority.life.withLock { $0 = .seconds(86_400) }
        try await eventually("all is well") { await finding()?.level == .ok ? true : nil }
        #expect(await bench.supervisor.issues().allSatisfy { $0.check != "service-certificate" })
        authority.life.withLock { $0 = nil }
        try await eventually("the reason is told") {
            await finding()?.message.hasSuffix("was not renewed: there is no paper") == true ? true : nil
        }
    }
}
