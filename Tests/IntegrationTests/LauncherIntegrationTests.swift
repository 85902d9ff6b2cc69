import Foundation
import HomieTestSupport
import Testing

/// `homie` is two programs; what people start is the small one.
@Suite struct LauncherIntegrationTests {
    private func folder(with names: [String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("homie-launch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        for name in names {
            try FileManager.default.copyItem(
                at: try DaemonProcess.program(name),
                to: folder.appendingPathComponent(name)
            )
        }
        return folder
    }

    @Test func `homie hands its arguments on to homie-cli beside it, through a link, too`() throws {
        let folder = try folder(with: ["homie", "homie-cli"])
        defer { try? FileManager.default.removeItem(at: folder) }
        let link = folder.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(
            at: link,
            withDestinationURL: folder.appendingPathComponent("homie")
        )
        let run = try ProgramRun(link.path, ["completions", "bash"], within: .seconds(60))
        #expect(run.status == 0 && run.output.contains("homie"), "\(run.complaint)")
        let wrong = try ProgramRun(link.path, ["bogus"], within: .seconds(60))
        #expect(wrong.status == 2 && wrong.complaint.contains("homie --help"))
    }

    @Test(
        .enabled(if: !FileManager.default.fileExists(atPath: "/usr/lib/homie/bin/homie-cli"), "Homie is installed here")
    )
    func `homie alone says what it misses`() throws {
        let folder = try folder(with: ["homie"])
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try ProgramRun(folder.appendingPathComponent("homie").path, ["ps"], within: .seconds(60))
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(run.complaint.contains("homie-cli") && run.complaint.contains("hint: "))
    }
}
