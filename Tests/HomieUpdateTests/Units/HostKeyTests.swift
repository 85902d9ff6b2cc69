import Foundation
import Testing

@Suite(
    .enabled(if: RaucUnderTest.path(of: "ssh-keygen") != nil, "SKIPPED: there is no ssh-keygen (openssh-client)")
)
struct `The device's host key` {
    @Test func `is made once, and anew where a power cut has left nothing of it`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let key = directory.appendingPathComponent("ssh/ssh_host_ed25519_key")
        func make() throws -> String {
            try Command.run("sh", RepositoryFile.path("image/rootfs/usr/lib/homie/make-host-key"), key.path)
            // A private key that can be read says its public half.
            let said = try Command.run("ssh-keygen", "-y", "-P", "", "-f", key.path)
            let half = try String(contentsOf: key.appendingPathExtension("pub"), encoding: .utf8)
            #expect(half.split(separator: " ").prefix(2) == said.split(separator: " ").prefix(2))
            let names = try FileManager.default.contentsOfDirectory(atPath: key.deletingLastPathComponent().path)
            #expect(names.sorted() == ["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"])
            return half
        }
        let first = try make()
        #expect(try make() == first)
        // The names are there, the bytes are not; and a half of the next try is left, too.
        try Data().write(to: key)
        try Data("ssh-ed25519".utf8).write(to: key.appendingPathExtension("new"))
        let second = try make()
        #expect(second != first)
        #expect(try make() == second)
    }

    @Test func `is made before the server looks at its settings`() throws {
        let unit = try UnitFile("image/rootfs/usr/lib/systemd/system/ssh.service.d/homie.conf")
        #expect(unit["Service", "ExecStartPre"] == ["", "/usr/lib/homie/make-host-key", "/usr/sbin/sshd -t"])
        #expect(
            FileManager.default.isExecutableFile(
                atPath: RepositoryFile.path("image/rootfs/usr/lib/homie/make-host-key")
            )
        )
        #expect(
            FileManager.default.isExecutableFile(atPath: RepositoryFile.path("image/rootfs/usr/lib/homie/mend-grubenv"))
        )
    }
}
