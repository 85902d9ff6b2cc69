import Foundation
import HomieModel
import HomieUpdate
import Testing

@Suite struct `The updater's state` {
    private func record(_ version: String, detail: Int) throws -> UpdateRecord {
        UpdateRecord(
            version: try SystemVersion(parsing: version),
            from: nil,
            source: "/x.raucb",
            at: Timestamp(nanoseconds: 1_795_000_000_000_000_000),
            outcome: .rolledBack,
            detail: String(repeating: "x", count: detail)
        )
    }

    @Test(.enabled(if: TinyDisk.isPossible, "SKIPPED: this account may not mount a tmpfs"))
    func `is written on a full disk, too, in room that was kept for it`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("homie-full-\(UUID().uuidString)").path
        let disk = try TinyDisk(at: path)
        defer { withExtendedLifetime(disk) {} }
        let directory = StateDirectory(path: path)
        try directory.prepare()
        var state = UpdateState(lastSequence: 1)
        try directory.save(state)
        try disk.fill()
        // Much more than what is left of a page.
        state.append(try record("1.1.0", detail: 60_000))
        try directory.save(state)
        #expect(try directory.load() == state)
        // And again, as what was freed is kept again.
        state.append(try record("1.2.0", detail: 100))
        try directory.save(state)
        #expect(try directory.load() == state)
    }

    @Test func `knows which bundles are whole`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("homie-kept-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = StateDirectory(path: path)
        #expect(directory.keptBundles.isEmpty)
        try directory.prepare()
        for name in ["1.1.0.raucb", "1.2.0.raucb.part", "1.3.0.raucb.delta", "x!.raucb"] {
            try Data().write(to: URL(fileURLWithPath: directory.bundles + "/" + name))
        }
        #expect(directory.keptBundles == [try SystemVersion(parsing: "1.1.0")])
    }
}
