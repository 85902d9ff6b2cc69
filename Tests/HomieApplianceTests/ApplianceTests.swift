import HomieAppliance
import HomieModel
import HomieSupervisor
import Testing

@Suite struct `An appliance` {
    private static let answer = """
        {"version":"1.0.1","compatible":"homie-test","booted":"B","isInstalling":false,"isOnTrial":false,"next":"boot.1",
         "slots":[{"name":"boot.0","slotClass":"boot","device":"/dev/a","bootName":"A","state":"inactive","isBootable":true},
                  {"name":"rootfs.0","slotClass":"rootfs","device":"/dev/b","parent":"boot.0","state":"inactive"},
                  {"name":"boot.1","slotClass":"boot","device":"/dev/c","bootName":"B","state":"booted","isBootable":true,
                   "bundleVersion":"1.0.1","installedAt":"2026-11-26T04:00:00Z"}],
         "locks":[],
         "history":[{"version":"1.0.2","from":"1.0.1","source":"/x","at":"2026-11-26T05:00:00Z","outcome":"rolledBack",
                     "cause":"after 90 s 'media/web' worked before, and is unhealthy","slot":"A"}]}
        """

    @Test func `shows both slots, and the history with its causes`() async throws {
        let status = try await Appliance { _ in .init(exitCode: 0, output: Self.answer) }.status()
        #expect(status.booted == "B")
        #expect(status.next == "B")
        #expect(status.slots.map(\.name) == ["A", "B"])
        #expect(status.slots.map(\.state) == [.inactive, .booted])
        #expect(status.slots.map { $0.version?.text } == [nil, "1.0.1"])
        #expect(status.history.first?.outcome == .rolledBack)
        #expect(status.history.first?.cause == "after 90 s 'media/web' worked before, and is unhealthy")
    }

    @Test func `tells whether what is pending will be compared with the services that worked`() async throws {
        func pending(_ rest: String) async throws -> SystemStatus.Pending? {
            let pending = #""pending":{"version":"1.0.3","slot":"A","isWritten":true\#(rest)},"locks":"#
            let answer = Self.answer.replacing("\"locks\":", with: pending)
            return try await Appliance { _ in .init(exitCode: 0, output: answer) }.status().pending
        }
        let noted = #","baseline":{"version":"1.0.1","takenAt":"2026-11-26T04:00:00Z","working":[]}"#
        #expect(try await pending(noted)?.comparesServices == true)
        #expect(try await pending("")?.comparesServices == false)
    }

    @Test func `has systemd start the updater's units`() async throws {
        let asked = Asked()
        let appliance = Appliance { command in
            await asked.note(command)
            return .init(exitCode: 0, output: command == .status ? Self.answer : "")
        }
        try await appliance.install(
            try InstallSource(parsing: "http://10.0.2.2:8099/homie-1.0.1.raucb"),
            restarts: true
        )
        try await appliance.rollback()
        try await appliance.restart()
        #expect(
            await asked.commands.compactMap(\.unit) == [
                #"homie-os-upgrade@http:--10.0.2.2:8099-homie\x2d1.0.1.raucb.service"#, "homie-os-rollback.service",
                "homie-os-restart.service",
            ]
        )
    }

    @Test func `refuses a second install`() async throws {
        let running = Self.answer.replacing("\"isInstalling\":false", with: "\"isInstalling\":true")
        let appliance = Appliance { _ in .init(exitCode: 0, output: running) }
        await #expect(throws: ApplianceError.busy) { try await appliance.install(.newest, restarts: false) }
    }

    @Test func `does not restart in the middle of an install, and does when nobody knows of one`() async throws {
        let running = Self.answer.replacing("\"isInstalling\":false", with: "\"isInstalling\":true")
        let busy = Appliance { _ in .init(exitCode: 0, output: running) }
        await #expect(throws: ApplianceError.busy) { try await busy.restart() }
        let asked = Asked()
        let silent = Appliance { command in
            await asked.note(command)
            return .init(exitCode: command == .status ? 7 : 0, complaint: "error: RAUC does not answer\n")
        }
        try await silent.restart()
        #expect(await asked.commands.compactMap(\.unit) == ["homie-os-restart.service"])
    }

    @Test(arguments: ["/tmp/x.raucb", "/var/tmp/x.raucb"])
    func `says that the updater has a directory of its own for what passes`(path: String) async throws {
        let appliance = Appliance { _ in .init(exitCode: 0, output: Self.answer) }
        await #expect(throws: ApplianceError.hidden(path: path)) {
            try await appliance.install(try InstallSource(parsing: path), restarts: false)
        }
        #expect(ApplianceError.hidden(path: path).hint?.contains("/data") == true)
        try await appliance.install(try InstallSource(parsing: "/tmpx/x.raucb"), restarts: false)
    }

    @Test func `says what the updater said when it does not answer`() async throws {
        let appliance = Appliance { _ in
            .init(exitCode: 7, complaint: "error: RAUC does not answer\nhint: systemctl status rauc\n")
        }
        await #expect(throws: ApplianceError.updaterFailed(reason: "error: RAUC does not answer")) {
            try await appliance.status()
        }
    }

    @Test func `is not understood when the updater is of another release`() async throws {
        let appliance = Appliance { _ in .init(exitCode: 0, output: "{}") }
        await #expect(throws: ApplianceError.notUnderstood) { try await appliance.status() }
    }
}

@Suite struct `What may be installed` {
    @Test(arguments: ["1.4.0", "/media/usb/homie.raucb", "https://example.org/homie-1.4.0.raucb"])
    func `is a version, a file or an address`(text: String) throws {
        #expect(try InstallSource(parsing: text).text == text)
    }

    @Test(arguments: [
        "", "homie.raucb", "/a/../b", "/a b", "--help", "https://example.org/\"x", "/a\\b", "ftp://example.org/x",
        "/a/",
    ])
    func `is nothing else`(text: String) {
        #expect(throws: UpdateModelError.source(text)) { try InstallSource(parsing: text) }
    }

    @Test(arguments: [
        ("1.4.0", "1.4.0"), ("/media/x-y.raucb", #"-media-x\x2dy.raucb"#), ("https://h/a%20b", #"https:--h-a\x2520b"#),
    ])
    func `names a unit's instance as systemd-escape does`(text: String, instance: String) throws {
        #expect(try InstallSource(parsing: text).instance == instance)
    }
}

private actor Asked {
    private(set) var commands: [ApplianceCommand] = []

    func note(_ command: ApplianceCommand) { if command != .status { commands.append(command) } }
}
