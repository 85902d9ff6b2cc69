import FoundationEssentials
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

    // MARK: certificates of single names

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/homie-shelf-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder + "/acme", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    @Test func `the owner's files are read in both forms and count more; what cannot be used is told, and left out`()
        throws
    {
        let authority = try CertificateAuthority.make(name: "Test", now: now)
        try withFolder { folder in
            var settings = try Sample.settings(directory: folder)
            settings.certificateFolder = folder + "/own"
            settings.usesACME = true
            let shelf = CertificateShelf(settings: settings)
            #expect(shelf.content(now: now) == .init() && shelf.signature() == [])
            try FileManager.default.createDirectory(atPath: folder + "/own", withIntermediateDirectories: true)
            func issue(_ name: String) throws -> (whole: String, chain: String, key: String) {
                let whole = try authority.issue(for: [name], now: now)
                let end = try #require(whole.firstRange(of: "-----END CERTIFICATE-----"))
                return (whole, String(whole[..<end.upperBound]), String(whole[end.upperBound...]))
            }
            let (a, b, c) = try (issue("a.example.org"), issue("*.b.example.org"), issue("c.example.org"))
            try write(a.whole, folder + "/own/a.pem")
            try write(b.chain, folder + "/own/b.crt")
            try write(b.key, folder + "/own/b.key")
            try write(try issue("a.example.org").whole, folder + "/acme/a.example.org.pem")
            try write(c.whole, folder + "/acme/c.example.org.pem")
            try write(a.chain, folder + "/own/nokey.pem")
            try write(a.chain + c.key, folder + "/own/otherkey.pem")
            try write("nonsense", folder + "/own/nonsense.pem")
            try write("ignored", folder + "/own/README")
            let content = shelf.content(now: now)
            #expect(content.entries.map { "\($0.origin) \($0.name)" } == ["file a", "file b", "acme c.example.org"])
            #expect(content.faults.map(\.names) == [["nokey"], ["nonsense"], ["otherkey"]])
            #expect(content.faults[2].problem?.hasSuffix("the key is another certificate's") == true)
            #expect(shelf.content(now: now + day(60)).entries == [], "they have ended")
            let first = content.entries[0].certificate
            #expect(first.issuer == "Test")
            #expect(first.covers(try HostPattern(parsing: "a.example.org")))
            #expect(!first.isDue(now: now) && first.isDue(now: now + day(32)))
            let wild = content.entries[1].certificate
            #expect(wild.covers(try HostPattern(parsing: "x.b.example.org")))
            #expect(!wild.covers(try HostPattern(parsing: "x.y.b.example.org")))
            #expect(wild.covers(try HostPattern(parsing: "*.b.example.org")))
            let signature = shelf.signature()
            try write(c.whole, folder + "/own/a.pem")
            #expect(shelf.signature() != signature)
        }
    }

    @Test func `what HAProxy is given follows what there is, and nothing else`() throws {
        let authority = try CertificateAuthority.make(name: "Test", now: now)
        func entry(_ name: String) throws -> CertificateShelf.Entry {
            let pem = try authority.issue(for: [name], now: now)
            let certificate = try HostCertificate(chain: pem, key: pem)
            return CertificateShelf.Entry(origin: .file, name: name, certificate: certificate)
        }
        try withFolder { folder in
            let files = HostCertificateFiles(paths: GatewayPaths(directory: folder))
            let (one, two) = try (entry("a/../b c"), entry("two.example.org"))
            var change = try files.change(to: [one, two])
            #expect(
                change.added.map(\.path) == [
                    folder + "/hosts/file-a_2f.._2fb_20c.pem", folder + "/hosts/file-two.example.org.pem",
                ]
            )
            try files.write(change)
            #expect(try files.change(to: [one, two]).isEmpty)
            var renewed = two
            renewed.certificate = try entry("two.example.org").certificate
            change = try files.change(to: [renewed])
            #expect(change.replaced.count == 1 && change.removed.count == 1 && change.added == [])
            try files.write(change)
            #expect(try AtomicFile.read(folder + "/hosts.list") == folder + "/hosts/file-two.example.org.pem\n")
            #expect(try files.change(to: [renewed]).isEmpty)
        }
    }

    @Test("a certificate without an end holds as long as can be told")
    func endless() throws {
        let year9999 = Date(timeIntervalSince1970: 253_402_300_799)
        #expect(Timestamp(year9999) == Timestamp(nanoseconds: .max))
        #expect(Timestamp(Date(timeIntervalSince1970: -253_402_300_799)) == Timestamp(nanoseconds: .min))
        #expect(Timestamp(Date(timeIntervalSince1970: 1_800_000_000)) == now)
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
