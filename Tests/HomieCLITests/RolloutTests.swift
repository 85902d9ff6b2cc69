import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite struct RolloutTests {
    private static func check(_ service: String, _ digest: String?, isNewer: Bool = false, problem: String? = nil)
        -> ImageCheck
    {
        ImageCheck(
            stack: Samples.shop,
            service: Samples.service(service),
            reference: "\(service):1",
            digest: digest,
            isNewer: isNewer,
            checkedAt: CommandRun.now,
            problem: problem
        )
    }

    private static func rollout(_ state: RolloutRecord.State, isPaused: Bool = false, cause: String? = nil)
        -> RolloutStatus
    {
        var settings = UpdateSettings()
        settings.canary.steps = [5, 50]
        var record = RolloutRecord(
            stack: Samples.shop,
            service: Samples.service("web"),
            strategy: .canary,
            settings: settings,
            fromRevision: 2,
            toRevision: 3,
            digest: "d",
            deployment: 7,
            isRollback: false,
            startedAt: CommandRun.now
        )
        record.state = state
        record.stepStartedAt = CommandRun.now
        record.isPaused = isPaused
        record.cause = cause
        return RolloutStatus(record, replicas: 2)
    }

    @Test func `newer images are listed, and those that nobody knows about with the reason`() async throws {
        let images = [
            Self.check("web", "sha256:b", isNewer: true), Self.check("db", "sha256:a"),
            Self.check("api", nil, problem: "the registry does not answer"),
        ]
        try await FakeDaemon.serving({ request in
            request.line == "GET /images"
                ? .json(200, ImagesAnswer(images: images)) : Samples.problem(.notFound, request.line)
        }) { daemon in
            let run = await CommandRun("update", daemon: daemon)
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines.count == 4, "\(run.output)\(run.errors)")
            #expect(lines[1].contains("web:1") && lines[1].contains("newer there"))
            #expect(lines[2].contains("db:1") && lines[2].contains("up to date"))
            #expect(lines[3].contains("unknown") && lines[3].contains("the registry does not answer"))
        }
    }

    @Test func `an update is asked for the services that are named`() async throws {
        try await FakeDaemon.serving({ request in
            switch request.line {
            case "POST /stacks/shop/update": .json(202, Samples.deployment(.running))
            default: Samples.problem(.notFound, request.line)
            }
        }) { daemon in
            let run = await CommandRun("update", "shop", "web", "--no-wait", daemon: daemon)
            #expect(run.code == 0, "\(run.errors)")
            #expect(daemon.requests.first?.body == #"{"services":["web"]}"#)
        }
    }

    @Test func `a rollout shows how far it is and why it stands, and is led by hand`() async throws {
        try await FakeDaemon.serving({ request in
            switch request.line {
            case "GET /rollouts": .json(200, RolloutsAnswer(rollouts: [Self.rollout(.failed, cause: "5 % failed")]))
            case "POST /stacks/shop/services/web/rollout": .json(200, Self.rollout(.progressing, isPaused: true))
            default: Samples.problem(.notFound, request.line)
            }
        }) { daemon in
            let list = await CommandRun("rollout", "status", daemon: daemon)
            #expect(list.output.contains("canary") && list.output.contains("2 to 3"), "\(list.output)\(list.errors)")
            #expect(list.output.contains("5 %") && list.output.contains("5 % failed"))
            for action in ["pause", "resume", "promote", "abort"] {
                let run = await CommandRun("rollout", action, "shop", "web", daemon: daemon)
                #expect(run.code == 0 && run.output.contains("paused"), "\(run.errors)")
                #expect(daemon.requests.last?.body == #"{"action":"\#(action)"}"#)
            }
        }
    }
}
