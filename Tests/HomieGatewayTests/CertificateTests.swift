import HomieModel
import Testing

@testable import HomieGateway

@Suite struct CertificateTests {
    private let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
    private func day(_ count: Double) -> TimeSpan { .seconds(count * 86_400) }

    @Test("a leaf holds for two thirds of its 47 days, for its names only, and under its own root only")
    func renewal() throws {
        let authority = try CertificateAuthority.make(name: "Test", now: now)
        let names = ["homie.local", "*.homie.local", "127.0.0.1", "::1"]
        let leaf = try authority.issue(for: names, now: now)
        #expect(authority.isGood(leaf, for: names.reversed(), now: now))
        #expect(authority.isGood(leaf, for: names, now: now + day(31)))
        #expect(!authority.isGood(leaf, for: names, now: now + day(32)))
        #expect(!authority.isGood(leaf, for: names + ["other.example.org"], now: now))
        #expect(!authority.isGood(leaf, for: names, now: now + day(-10)), "the clock was wrong when it was made")
        #expect(!authority.isGood("no certificate", for: names, now: now))
        let other = try CertificateAuthority.make(name: "Test", now: now)
        #expect(!other.isGood(leaf, for: names, now: now))
    }

    @Test("certificates near their end are told of, the leaf's as a failure to renew it")
    func expiry() throws {
        let authority = try CertificateAuthority.make(name: "Test", now: now)
        let leaf = try #require(CertificateAuthority.expiry(try authority.issue(for: ["homie.local"], now: now)))
        #expect(abs((leaf - (now + day(47))).seconds) <= 3600)
        let expiry = CertificateExpiry(leaf: leaf, root: authority.expires)
        #expect(expiry.finding(now: now).level == .ok)
        #expect(expiry.finding(now: now + day(38)).level == .error)
        #expect(expiry.finding(now: now + day(48)).message.contains("expired on"))
        let old = CertificateExpiry(leaf: authority.expires, root: authority.expires)
        #expect(old.finding(now: now + day(3600)).level == .warning)
        #expect(CertificateAuthority.expiry("nothing") == nil)
    }

    @Test("a root holds for ten years, less what a leaf needs")
    func root() throws {
        let authority = try CertificateAuthority.make(name: "Test", now: now)
        #expect(authority.isGood(now: now))
        #expect(authority.isGood(now: now + day(3600)))
        #expect(!authority.isGood(now: now + day(3604)))
        let same = try CertificateAuthority(certificate: try authority.rootText(), key: try authority.keyText())
        #expect(try same.fingerprint() == authority.fingerprint())
        #expect(try authority.fingerprint().utf8.count == 95)
        let other = try CertificateAuthority.make(name: "Test", now: now)
        #expect(throws: (any Error).self) {
            try CertificateAuthority(certificate: try authority.rootText(), key: try other.keyText())
        }
    }
}
