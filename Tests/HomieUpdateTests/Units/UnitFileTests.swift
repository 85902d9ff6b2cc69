import Testing

@Suite struct `The units of an appliance` {
    /// Seconds of `90s`, `5min`, `2h`.
    private func seconds(_ text: String) throws -> Int {
        let factors = ["s": 1, "min": 60, "h": 3600]
        let digits = text.prefix { $0.isNumber }
        let factor = try #require(factors[String(text.dropFirst(digits.count))], "\(text)")
        return try #require(Int(digits), "\(text)") * factor
    }

    @Test func `have a judge that waits for nothing that it judges`() throws {
        let judge = try UnitFile("systemd/homie-confirm-boot.service")
        let after = judge.words("Unit", "After")
        #expect(after.isDisjoint(with: ["homied.service", "docker.service", "containerd.service"]))
        #expect(judge.words("Unit", "Requires").isEmpty && judge.words("Unit", "BindsTo").isEmpty)
        #expect(judge.words("Unit", "Wants").contains("homied.service"))
    }

    @Test(arguments: ["", "image/boards/qemu-x86_64/rootfs/usr/lib/systemd/system"])
    func `have a judge that hangs no more often than the start limit's interval can see`(board: String) throws {
        let judge = try UnitFile("systemd/homie-confirm-boot.service")
        let slow = board.isEmpty ? judge : try UnitFile(board + "/homie-confirm-boot.service.d/slow.conf")
        let limit = try seconds(try #require(slow["Service", "TimeoutStartSec"].last))
        let interval = try seconds(try #require(slow["Unit", "StartLimitIntervalSec"].last))
        let burst = try #require(judge["Unit", "StartLimitBurst"].last.flatMap { Int($0) })
        #expect(interval > limit * burst)
        #expect(judge["Service", "RestartPreventExitStatus"] == ["6"])
    }

    @Test(arguments: ["homie-os-install@", "homie-os-upgrade@", "homie-update", "homie-update-usb"])
    func `install nothing before the start has been judged`(unit: String) throws {
        #expect(
            try UnitFile("systemd/\(unit).service").words("Unit", "After").contains("homie-confirm-boot.service")
        )
    }

    @Test func `have an engine that cannot hang for ever while it starts`() throws {
        for file in ["image/rootfs", "image/boards/qemu-x86_64/rootfs"] {
            let name = file == "image/rootfs" ? "homie.conf" : "slow.conf"
            let engine = try UnitFile(file + "/usr/lib/systemd/system/docker.service.d/" + name)
            #expect(try seconds(try #require(engine["Service", "TimeoutStartSec"].last)) > 60)
        }
    }

    @Test func `never give up what serves`() throws {
        for unit in [
            "systemd/homied.service", "systemd/homie-gateway.service",
            "image/rootfs/usr/lib/systemd/system/docker.service.d/homie.conf",
        ] {
            let unit = try UnitFile(unit)
            #expect(unit["Unit", "StartLimitIntervalSec"] == ["0"])
            #expect(unit["Service", "Restart"] == ["always"])
        }
    }
}
