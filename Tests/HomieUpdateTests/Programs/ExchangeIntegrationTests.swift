import Foundation
import HomieModel
import HomieProcess
import HomieUpdate
import Testing

/// What changes between the moment that an install is decided on and the one that it is done.
@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct ExchangeIntegrationTests {
    @Test func `another bundle than the one that was checked is not started`() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let other = try device.daemon.bundle("other", version: "1.0.5", image: device.image)
        // Signed as well, and put there after the check.
        device.supervisor.whenAsked {
            try? FileManager.default.removeItem(at: bundle)
            try? FileManager.default.copyItem(at: other, to: bundle)
        }
        let said = try await device.run("homie-update", "install", bundle.path, expecting: 5).complaintText
        #expect(said.contains("was version 1.1.0 when it was checked and 1.0.5 when it was installed"), "\(said)")
        #expect(said.contains("hint: "))
        #expect(try device.state.pending == nil)
        #expect(try device.state.history.map(\.outcome) == [.failed])
        let counters = try device.daemon.environment()
        #expect(counters["ORDER"] == "A B" && counters["B_OK"] == "0")
        #expect(device.report?.state == .failed)
    }

    @Test func `what others write down while a start is judged stays, and an install that they begin is theirs`()
        async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.giveTime(seconds: 30)
        try await device.boot("B", version: "1.1.0")
        let directory = StateDirectory(path: device.daemon.path("state"))
        func whileJudged(_ change: @escaping @Sendable (inout UpdateState) -> Void) {
            device.supervisor.whenAsked {
                guard var state = try? directory.load() else { return }
                change(&state)
                try? directory.save(state)
            }
        }
        let before = try device.state
        // The timer has looked at the index.
        whileJudged { $0.lastSequence = 7 }
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.state.lastSequence == 7)
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
        // Another install has taken its place.
        try device.save(before)
        whileJudged { $0.pending?.installedAt = Timestamp(nanoseconds: 1) }
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.state.pending?.installedAt == Timestamp(nanoseconds: 1))
        #expect(try device.state.history.isEmpty)
    }
}
