import Foundation
import HomieModel
import HomieProcess
import HomieUpdate
import Testing

/// A stick with a bundle, which is seen anew at each start while it is left in.
@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct StickIntegrationTests {
    private func plug(_ bundle: URL, into device: Appliance) async throws -> ChildProcess.Result {
        try await device.run("homie-update", "install", bundle.path, "--unless-failed")
    }

    @Test func `what was rolled back is not installed again by a stick, but by a person`() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("bad", version: "1.1.0", image: device.image)
        _ = try await plug(bundle, into: device)
        var state = try device.state
        #expect(state.pending?.version.text == "1.1.0")
        // It did not come up; nobody has written that down yet.
        state.pending?.bootID = "another-boot"
        try device.save(state)
        let boots = try device.daemon.environment()
        for _ in 1...2 {
            let said = try await plug(bundle, into: device).complaintText
            #expect(said.contains("version 1.1.0 was tried here and rolled back"), "\(said)")
            #expect(device.report?.state == .nothing)
            #expect(try device.daemon.environment() == boots)
            device.giveTime(seconds: 30)
            try await device.run("homie-confirm-boot", "--interval", "10")
        }
        #expect(try device.state.history.map(\.outcome) == [.rolledBack])
        try await device.run("homie-update", "install", bundle.path)
        #expect(try device.state.pending?.version.text == "1.1.0")
    }

    @Test func `a stick whose version runs already is no failure`() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("same", version: "1.0.0", image: device.image)
        let said = try await plug(bundle, into: device).complaintText
        #expect(said.contains("version 1.0.0 is not newer than 1.0.0"), "\(said)")
        #expect(device.report?.state == .nothing)
        try await device.run("homie-update", "install", "1.1.0", "--unless-failed", expecting: 2)
    }
}
