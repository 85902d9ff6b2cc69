import Foundation
import HomieModel
import HomieTestSupport
import Testing

/// Whether there can be a token here: `softhsm2` keeps one in files, OpenSSL and RAUC find it over PKCS#11.
enum TokenUnderTest {
    static var isExpected: Bool {
        let engine = ["x86_64", "aarch64"].contains {
            FileManager.default.fileExists(atPath: "/usr/lib/\($0)-linux-gnu/engines-3/pkcs11.so")
        }
        return ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_RAUC"] == "1"
            || BundleTools.isExpected && engine && RaucUnderTest.path(of: "softhsm2-util") != nil
    }
}

/// Release keys on a token.
@Suite(.enabled(if: TokenUnderTest.isExpected, BundleTools.reason))
struct TokenIntegrationTests {
    @Test("a key that never leaves its token signs bundles and indexes; its PIN stands in a file")
    func signs() async throws {
        let token = try Token()
        let create = [
            "create", "--compatible", "homie-test", "--bundle-version", "1.0.0", "--image",
            "rootfs=\(token.path("root.img"))", "--output", token.path("a.raucb"),
        ]
        let made = try token.bundle(create + token.signer)
        #expect(made.status == 0, "\(made.complaint)")
        let trust = ["--keyring", token.party.authority]
        let verified = try token.bundle(["verify", token.path("a.raucb"), "--release", "--json"] + trust)
        #expect(verified.status == 0, "\(verified.complaint)")
        #expect(verified.output.contains("CN = token signer") || verified.output.contains("CN=token signer"))

        let add = ["index", "add", token.path("index"), token.path("a.raucb")]
        let added = try token.bundle(add + token.signer + trust)
        #expect(added.status == 0, "\(added.complaint)")
        let shown = try token.bundle(["index", "show", token.path("index")] + trust)
        #expect(shown.status == 0 && shown.output.contains("1.0.0"), "\(shown.complaint)")
    }

    @Test("a wrong PIN, a key that is not there and a certificate on the token are refused with a sentence")
    func refuses() async throws {
        let token = try Token()
        let create = [
            "create", "--compatible", "homie-test", "--bundle-version", "1.0.0", "--image",
            "rootfs=\(token.path("root.img"))", "--output", token.path("a.raucb"), "--cert", token.party.certificate,
            "--key",
        ]
        try Data("9999".utf8).write(to: token.directory.appendingPathComponent("wrong"))
        for key in [token.key(pin: "wrong"), token.key("nothing", pin: "pin")] {
            let run = try token.bundle(create + [key])
            #expect(run.status == 1, "\(run.output)")
            #expect(run.complaint.contains("error: could not make"), "\(run.complaint)")
            #expect(!FileManager.default.fileExists(atPath: token.path("a.raucb")))
        }
        #expect(try token.bundle(create + [token.key(pin: "pin")]).status == 0)
        let run = try token.bundle(
            ["index", "add", token.path("index"), token.path("a.raucb"), "--keyring", token.party.authority]
                + ["--cert", "pkcs11:token=homie;object=release", "--key", token.key(pin: "pin")]
        )
        #expect(run.status == 2)
        #expect(
            run.complaint.contains("on a token") && run.complaint.contains("hint: name it with --cert as a PEM file")
        )
        #expect(!FileManager.default.fileExists(atPath: token.path("index")))
    }
}

/// A token in software that holds one key, and its certificate beside it.
private final class Token {
    let directory: URL
    let party: SigningParty

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-token-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("tokens"),
            withIntermediateDirectories: true
        )
        party = try SigningParty(name: "token", in: directory)
        try Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 13 ^ ($0 >> 7)) })
            .write(to: directory.appendingPathComponent("root.img"))
        try Data("1234".utf8).write(to: directory.appendingPathComponent("pin"))
        let settings = "directories.tokendir = \(path("tokens"))\nobjectstore.backend = file\nlog.level = ERROR\n"
        try Data(settings.utf8).write(to: directory.appendingPathComponent("softhsm2.conf"))
        try end("softhsm2-util", "--init-token", "--free", "--label", "homie", "--pin", "1234", "--so-pin", "5678")
        try end("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", party.key, "-out", path("pkcs8.pem"))
        try end(
            "softhsm2-util",
            "--import",
            path("pkcs8.pem"),
            "--token",
            "homie",
            "--label",
            "release",
            "--id",
            "a1",
            "--pin",
            "1234"
        )
        // From here on it is on the token only.
        for file in [party.key, path("pkcs8.pem")] { try FileManager.default.removeItem(atPath: file) }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    func key(_ object: String = "release", pin file: String) -> String {
        "pkcs11:token=homie;object=\(object)?pin-source=file:\(path(file))"
    }

    var signer: [String] { ["--cert", party.certificate, "--key", key(pin: "pin")] }

    func bundle(_ arguments: [String]) throws -> ProgramRun {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var program = tests.deletingLastPathComponent().appendingPathComponent("homie-bundle").path
        if !FileManager.default.isExecutableFile(atPath: program) { program = ".build/debug/homie-bundle" }
        return try run([program] + arguments)
    }

    private func end(_ words: String...) throws {
        let run = try run(words)
        try #require(run.status == 0, "\(words): \(run.output)\(run.complaint)")
    }

    private func run(_ words: [String]) throws -> ProgramRun {
        try ProgramRun("/usr/bin/env", ["SOFTHSM2_CONF=\(path("softhsm2.conf"))"] + words, within: .seconds(120))
    }
}
