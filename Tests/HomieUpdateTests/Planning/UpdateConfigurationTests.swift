import Foundation
import HomieModel
import HomiePlanning
import HomieUpdate
import Testing

struct UpdateConfigurationTests {
    private func read(_ content: String, _ environment: [String: String] = [:]) throws -> UpdateConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("update-\(UUID().uuidString).conf")
        try Data(content.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try UpdateConfiguration(file: file.path, environment: environment)
    }

    @Test("without any setting there is a policy that works: by itself, a day late, nothing on hold")
    func standard() throws {
        let settings = try UpdateConfiguration([:])
        #expect(settings.policy == UpdateQuestion.Policy())
        #expect(settings.index == nil && settings.channel == "stable")
        #expect(settings.boot == BootJudge.Limits())
    }

    @Test func `RAUC fetches versions itself, unless that would get round a limit, a proxy or a choice of authorities`()
        throws
    {
        #expect(try read("").mayStream)
        for line in [
            "streaming = no", "bandwidth = 2M", "proxy = http://proxy:3128", "certificate-authority = /etc/ca.pem",
        ] {
            #expect(try !read(line).mayStream)
        }
    }

    @Test("the environment wins over the file")
    func precedence() throws {
        let settings = try read(
            "# mine\nchannel = beta\nwindow = sat-sun 02:00-04:00\n bandwidth=2M \nhold = holidays\n",
            ["HOMIE_UPDATE_CHANNEL": "nightly", "HOMIE_UPDATE_STABILITY_WINDOW": "10s"]
        )
        #expect(settings.channel == "nightly")
        #expect(settings.policy.window?.description == "sat,sun 02:00-04:00")
        #expect(settings.policy.hold?.reason == "holidays")
        #expect(settings.bandwidth?.bytes == 2_000_000)
        #expect(settings.boot.stability == .seconds(10))
    }

    @Test(
        "what is not a setting, or not a value of one, is refused",
        arguments: [
            "nonsense", "colour = red", "delay = soon", "window = night", "automatic = perhaps", "bandwidth = -1",
            "streaming = 1",
            "channel = a\nchannel = b", "boot-deadline = 30s",
        ]
    )
    func refuses(_ content: String) {
        #expect(throws: UpdateError.self) { try read(content) }
    }

    @Test("a state that cannot be read is put aside, never overwritten")
    func damagedState() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = StateDirectory(path: path)
        try directory.prepare()
        try directory.save(UpdateState(lastSequence: 7))
        #expect(try directory.load().lastSequence == 7)
        let damaged = Data("{\"lastSequence\": 7".utf8)
        try damaged.write(to: URL(fileURLWithPath: path + "/state.json"))
        #expect(try directory.load() == UpdateState())
        #expect(FileManager.default.contents(atPath: path + "/state.json.unreadable") == damaged)
    }
}
