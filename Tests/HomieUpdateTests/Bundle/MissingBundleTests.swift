import Foundation
import HomieBundle
import HomieBus
import HomieModel
import Testing

@Suite struct `A bundle that cannot be looked at` {
    private func reason(_ path: String) async throws -> String {
        do {
            _ = try await BundleReader().inspect(path)
        } catch BundleError.file(let named, let reason) where named == path {
            return reason
        }
        return "it was read"
    }

    @Test func `is missing only where there is nothing`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-look-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let loop = directory.appendingPathComponent("loop.raucb").path
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        #expect(try await reason(directory.appendingPathComponent("no.raucb").path) == "there is no such file")
        #expect(try await reason(directory.path) == "it is not a file")
        #expect(try await reason(loop) == "the system says error \(ELOOP)")
    }

    @Test(.enabled(if: geteuid() != 0, "SKIPPED: root may look everywhere"))
    func `says where this program may not look`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-look-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: directory.path)
        #expect(try await reason(directory.appendingPathComponent("x").path) == "this program may not look there")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
    }
}

@Suite struct `A certificate that is not valid yet` {
    @Test func `is told of with the clock that may be behind`() {
        // OpenSSL's words, as openssl and RAUC pass them on.
        let words = "signature verification failed: Verify error:certificate is not yet valid"
        let errors: [any UserFacingError] = [
            BundleError.untrusted(path: "/x.raucb", reason: words),
            RaucError.installFailed(bundle: "/x.raucb", cause: .init(lastError: words), message: words),
        ]
        for error in errors {
            #expect(error.summary.contains("certificate is not yet valid"))
            #expect(error.hint?.contains("timedatectl") == true)
            #expect(error.kind == .refused)
        }
        let stranger = BundleError.untrusted(path: "/x.raucb", reason: "unable to get local issuer certificate")
        #expect(stranger.hint?.contains("timedatectl") == false)
    }
}
