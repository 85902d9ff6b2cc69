import FoundationEssentials
import Testing

@testable import HomieEngine

/// One after the other: a script cannot be run while a process that was just forked still holds it open for writing.
@Suite(.serialized)
struct CredentialStoreTests {
    /// A directory with a `config.json` and the helper `docker-credential-test`, which runs `script`.
    private func withStore(
        _ configuration: String,
        helper script: String = "exit 1",
        _ body: (CredentialStore) async throws -> Void
    ) async throws {
        let files = FileManager.default
        let directory = URL.temporaryDirectory.appending(path: "homie-credentials-\(UInt64.random(in: 0...(.max)))")
        try files.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: directory) }
        try Data(configuration.utf8).write(to: directory.appending(path: "config.json"))
        let helper = directory.appending(path: "docker-credential-test").path
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: helper))
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: helper)
        var store = CredentialStore(path: directory.appending(path: "config.json").path)
        store.helper.directory = directory.path
        store.helper.timeLimit = .seconds(2)
        try await body(store)
    }

    @Test func `logins in the file are found by the registry's host`() async throws {
        let auth = Data("me:s3:cret".utf8).base64EncodedString()
        let configuration = """
            {"auths":{"https://index.docker.io/v1/":{"auth":"\(auth)"},"r.example:5000":{"identitytoken":"tok"},
            "https://old.example/v1/":{"username":"u","password":"p"},"empty.example":{}}}
            """
        try await withStore(configuration) { (store: CredentialStore) async throws in
            let hub = try await store.login(for: "docker.io")
            #expect(
                hub
                    == RegistryLogin(
                        username: "me",
                        password: "s3:cret",
                        serveraddress: "https://index.docker.io/v1/"
                    )
            )
            #expect(try await store.login(for: "r.example:5000")?.identitytoken == "tok")
            #expect(try await store.login(for: "old.example")?.username == "u")
            #expect(try await store.login(for: "empty.example") == nil)
            #expect(try await store.login(for: "other.example") == nil)
            #expect(try await store.allLogins().count == 3)
        }
    }

    @Test func `helpers are asked, for one registry or for all`() async throws {
        let script = """
            read -r server
            case "$1 $server" in
            'get r.example') echo '{"ServerURL":"r.example","Username":"<token>","Secret":"t"}' ;;
            'get https://index.docker.io/v1/') echo '{"ServerURL":"x","Username":"u","Secret":"p"}' ;;
            *) echo 'credentials not found in native keychain'; exit 1 ;;
            esac
            """
        try await withStore(#"{"credHelpers":{"r.example":"test"}}"#, helper: script) {
            (store: CredentialStore) async throws in
            #expect(try await store.login(for: "r.example")?.identitytoken == "t")
            #expect(try await store.login(for: "docker.io") == nil)
        }
        try await withStore(#"{"credsStore":"test"}"#, helper: script) { (store: CredentialStore) async throws in
            #expect(try await store.login(for: "docker.io")?.password == "p")
            #expect(try await store.login(for: "none.example") == nil)
        }
    }

    @Test(arguments: [("echo broken; exit 2", "broken"), ("echo no JSON", "not JSON"), ("exec sleep 30", "in time")])
    func `a helper that fails is named, with what it said`(script: String, reason: String) async throws {
        try await withStore(#"{"credHelpers":{"r.example":"test"}}"#, helper: script) {
            (store: CredentialStore) async throws in
            await #expect {
                _ = try await store.login(for: "r.example")
            } throws: { error in
                guard case EngineError.credentialHelper("test", let said) = error else { return false }
                return said.contains(reason)
            }
        }
    }

    @Test func `a helper that is not installed is named, and names with slashes are refused`() async throws {
        for (helper, reason) in [("missing", "not installed"), ("../evil", "not a helper's name")] {
            try await withStore(#"{"credHelpers":{"r.example":"\#(helper)"}}"#) {
                (store: CredentialStore) async throws in
                await #expect {
                    _ = try await store.login(for: "r.example")
                } throws: { "\($0)".contains(reason) }
            }
        }
    }

    @Test func `no file means no logins, a broken one is an error`() async throws {
        #expect(try await CredentialStore(path: "/nonexistent/config.json").login(for: "docker.io") == nil)
        try await withStore("{") { (store: CredentialStore) async throws in
            await #expect(throws: EngineError.self) { try await store.login(for: "docker.io") }
        }
    }

    @Test func `the header is URL-safe base64 of JSON`() {
        let login = RegistryLogin(username: "ü?>", password: "~~~", serveraddress: "r")
        let header = login.header
        #expect(!header.contains("+") && !header.contains("/"))
        let padded = header.replacing("-", with: "+").replacing("_", with: "/")
        let data = Data(base64Encoded: padded)
        #expect(data.map { String(decoding: $0, as: UTF8.self) }?.contains("\"username\":\"ü?>\"") == true)
    }
}
