import HomieModel
import HomiePlanning
import Testing

@Suite struct CanaryJudgeTests {
    private func verdict(
        errors: Int = 0,
        oldErrors: Int = 0,
        slow: Int64 = 100,
        slower: Int = 5,
        spells: Int? = nil,
        shares: [Double] = [],
        requests: Int = 100,
        old: Int = 100
    ) -> CanaryJudge.Verdict {
        CanaryJudge(CanarySettings()).verdict(
            CanaryWindow(
                new: TrafficSample(requests: requests, errors: errors, slow: .milliseconds(slow), slower: slower),
                old: TrafficSample(requests: old, errors: oldErrors, slow: .milliseconds(100)),
                slowSpells: spells ?? slower,
                slowShares: shares
            )
        )
    }

    private func isGood(_ verdict: CanaryJudge.Verdict) -> Bool { if case .good = verdict { true } else { false } }
    private func isBad(_ verdict: CanaryJudge.Verdict) -> Bool { if case .bad = verdict { true } else { false } }

    @Test func `errors count only beyond those of the old version and beyond chance`() {
        #expect(isGood(verdict()))
        #expect(isBad(verdict(errors: 15, requests: 300, old: 300)))
        #expect(isGood(verdict(errors: 15, oldErrors: 15, requests: 300, old: 300)))
        #expect(isGood(verdict(errors: 2)))
        #expect(isBad(verdict(errors: 100)))
    }

    @Test func `a tail that is longer by less than is allowed, or by chance, is no reason`() {
        #expect(isBad(verdict(slow: 130, slower: 40)))
        #expect(isGood(verdict(slow: 115, slower: 40)))
        #expect(isGood(verdict(slow: 130, slower: 7)))
    }

    @Test func `answers that are slow all at once are one stall, and no reason`() {
        #expect(isGood(verdict(slow: 130, slower: 40, spells: 3)))
        #expect(isBad(verdict(slow: 130, slower: 40, spells: 30)))
        #expect(isGood(verdict(slow: 130, slower: 40, spells: 3, shares: [0.1, 0.9, 0.2])))
        #expect(isBad(verdict(slow: 130, slower: 100, spells: 1, shares: [1, 1, 1])))
        let shares = [0.05, 0.6, 0.4, 0.05, 0.05]
        #expect(isGood(verdict(slow: 130, slower: 60, spells: 3, shares: shares, requests: 300, old: 300)))
    }

    @Test func `a version that stalls again and again is slow`() {
        let shares = [0.3, 0.35, 0.3, 0.05, 0.3]
        #expect(isBad(verdict(slow: 300, slower: 80, spells: 4, shares: shares, requests: 300, old: 300)))
    }

    @Test func `too few requests decide nothing`() {
        guard case .undecided(let words) = verdict(requests: 10) else {
            Issue.record("it was decided")
            return
        }
        #expect(words == "10 and 100 requests are fewer than the 50 to judge by")
    }
}

@Suite struct UpdateChoiceTests {
    private func choice(
        canSteer: Bool = true,
        relaying: Relaying = .impossible("iptables is not installed"),
        _ change: (inout ServiceDefinition) -> Void
    ) -> UpdateChoice {
        var stack = StackDefinition(name: World.shop)
        var service = ServiceDefinition()
        service.labels["io.homie.expose"] = "80"
        change(&service)
        stack.services[World.web] = service
        return UpdateChoice(of: World.web, in: stack, canSteer: canSteer, relaying: relaying)
    }

    @Test func `an exposed service is switched over, replicas one after another`() {
        #expect(choice { _ in }.strategy == .blueGreen)
        #expect(choice { $0.replicas = 3 }.strategy == .rolling)
        #expect(choice(canSteer: false) { _ in }.strategy == .recreate)
    }

    @Test func `what two versions cannot share is a reason to stop the old one first`() {
        let host = choice { $0.networkMode = .plain("host") }
        #expect(host.strategy == .recreate && host.obstacle?.contains("host's network") == true)
        let device = choice { $0.devices = [DeviceMapping(source: "/dev/ttyUSB0", target: "/dev/ttyUSB0")] }
        #expect(device.strategy == .recreate && device.obstacle?.contains("/dev/ttyUSB0") == true)
        let volume = choice { $0.mounts = [MountDefinition(kind: .volume, source: "data", target: "/data")] }
        #expect(volume.strategy == .recreate && volume.obstacle?.contains("'data'") == true)
        let port = choice { $0.ports = [PortMapping(target: 80, published: "8080")] }
        let why = "the host's port 8080 has one owner at a time, and iptables is not installed"
        #expect(port.strategy == .recreate && port.obstacle == why)
        let picked = choice { $0.ports = [PortMapping(target: 80)] }
        #expect(picked.strategy == .blueGreen && picked.obstacle == nil)
        var stack = StackDefinition(name: World.shop)
        stack.services[World.web] = ServiceDefinition()
        stack.services[World.web]?.labels["io.homie.expose"] = "80"
        stack.services[World.web]?.ports = [PortMapping(target: 80, published: "8080")]
        let change = PlannedChange(action: "recreate", object: "service", name: "web", reason: "the image changed")
        #expect(
            UpdateChoice.explain(
                change,
                in: stack,
                canSteer: true,
                relaying: .impossible("iptables is not installed")
            ).reason == "the image changed; it is away meanwhile, for " + why
        )
        let allowed = choice {
            $0.mounts = [MountDefinition(kind: .volume, source: "data", target: "/data")]
            $0.homie = ["update": "blue-green"]
        }
        #expect(allowed.strategy == .blueGreen && allowed.obstacle == nil)
    }

    @Test func `published ports are no reason where connections can be led elsewhere`() {
        let port = PortMapping(target: 80, published: "8080")
        let published = choice(relaying: .possible) { $0.ports = [port] }
        #expect(published.strategy == .blueGreen && published.obstacle == nil && published.bridges)
        // Neither a gateway nor a word of Homie's in the file is needed for it.
        let plain = choice(canSteer: false, relaying: .possible) { service in
            service.labels = [:]
            service.ports = [port]
            service.containerName = "web"
        }
        #expect(plain.strategy == .blueGreen && plain.obstacle == nil && plain.bridges)
        let canary = choice(canSteer: false, relaying: .possible) { service in
            service.ports = [port]
            service.homie = ["update": "canary"]
        }
        #expect(canary.strategy == .rolling && canary.bridges)
        let stream = choice(relaying: .possible) {
            $0.ports = [PortMapping(target: 80, published: "8080", transport: "sctp")]
        }
        #expect(stream.strategy == .recreate && stream.obstacle?.contains("sctp") == true)
        let datagrams = choice(relaying: .possible) {
            $0.ports = [port, PortMapping(target: 53, published: "53", transport: "udp")]
        }
        #expect(datagrams.strategy == .recreate && datagrams.obstacle?.contains("udp") == true)
        let volume = choice(relaying: .possible) { service in
            service.ports = [port]
            service.mounts = [MountDefinition(kind: .volume, source: "data", target: "/data")]
        }
        #expect(volume.strategy == .recreate && volume.obstacle?.contains("'data'") == true)
        let host = choice(relaying: .possible) { service in
            service.ports = [port]
            service.networkMode = .plain("host")
        }
        #expect(host.strategy == .recreate && host.obstacle?.contains("host's network") == true)
        var stack = StackDefinition(name: World.shop)
        stack.services[World.web] = ServiceDefinition()
        stack.services[World.web]?.ports = [port]
        let change = PlannedChange(action: "recreate", object: "service", name: "web", reason: "the image changed")
        #expect(
            UpdateChoice.explain(change, in: stack, canSteer: false, relaying: .possible).reason
                == "the image changed; blue-green, a stand-in answers at its ports meanwhile, nobody notices"
        )
    }

    @Test func `Compose's own words are understood, and x-homie counts more`() throws {
        var service = ServiceDefinition()
        service.deploy = [
            "update_config": ["parallelism": 2, "delay": "1m30s", "order": "start-first", "failure_action": "pause"]
        ]
        service.homie = ["update": ["monitor": "20s", "on_failure": "rollback", "images": .bool(false)]]
        let settings = try UpdateReader(service: World.web, definition: service).settings()
        #expect(settings.strategy == .rolling && settings.batch == 2 && settings.pause == .seconds(90))
        #expect(settings.onFailure == .rollback && settings.monitor == .seconds(20) && settings.images.mode == .off)
        #expect(settings.rollback == nil && settings.maximumFailureShare == nil)
        service.deploy = [
            "update_config": ["max_failure_ratio": "0.25"],
            "rollback_config": [
                "parallelism": 1, "delay": "5s", "order": "stop-first", "monitor": "3s", "failure_action": "pause",
                "max_failure_ratio": .number(0.5),
            ],
        ]
        let both = try UpdateReader(service: World.web, definition: service).settings()
        var back = RollbackSettings()
        back.batch = 1
        back.pause = .seconds(5)
        back.order = .stopFirst
        back.monitor = .seconds(3)
        back.pausesOnFailure = true
        back.maximumFailureShare = 0.5
        #expect(both.rollback == back && both.maximumFailureShare == 0.25)
        service.deploy = ["rollback_config": ["failure_action": "rollback"]]
        #expect(throws: UpdateSettingsError.self) {
            try UpdateReader(service: World.web, definition: service).settings()
        }
        service.homie = ["update": ["stratgy": "canary"]]
        #expect(throws: UpdateSettingsError.self) {
            try UpdateReader(service: World.web, definition: service).settings()
        }
    }
}
