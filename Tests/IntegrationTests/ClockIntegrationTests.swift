import Foundation
import HomieAPI
import HomieModel
import Testing

/// The clock is set while homied works with a real engine. `libfaketime` sets it for homied alone, at run time; HOMIE_TEST_FAKETIME
/// names the library.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct ClockIntegrationTests {
    /// What homied takes for the time, against the machine's.
    private struct Clock {
        let library: String
        let file: URL

        func set(_ offset: String) throws { try Data("\(offset)\n".utf8).write(to: file) }

        var variables: [String: String] {
            [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ]
        }
    }

    private func project(_ release: String) -> Project {
        var project = Project(name: "clock")
        project.add("db") {
            $0["restart"] = .string("always")
            $0["healthcheck"] = Project.healthcheck
        }
        project.add("web") {
            $0["restart"] = .string("always")
            $0["depends_on"] = Project.dependsOn(["db": "service_healthy"])
            $0["environment"] = Project.environment(["RELEASE": release])
        }
        return project
    }

    private func start(of service: String) throws -> String {
        try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "clock-\(service)-1")
    }

    @Test func `a clock that is set by hours and years starts nothing anew, stops no healing and no update`()
        async throws
    {
        let library = try #require(
            ProcessInfo.processInfo.environment["HOMIE_TEST_FAKETIME"],
            "HOMIE_TEST_FAKETIME is not set; scripts/test sets it"
        )
        try EngineUnderTest.clean("clock")
        let daemon = try DaemonProcess()
        let clock = Clock(library: library, file: daemon.directory.appendingPathComponent("offset"))
        try clock.set("+0")
        daemon.environment = clock.variables
        // The first program that the library is loaded into has its environment moved, and Swift finds no arguments then.
        daemon.launcher = ["/usr/bin/env"]
        try await daemon.start()
        #expect(try await daemon.up(project("0")).state == .succeeded)
        let client = daemon.client
        let stack = try StackName(parsing: "clock")
        func newest() async throws -> EventRecord {
            try #require(try await client.events(EventQuery(stack: stack)).last)
        }
        try await daemon.explaining {
            for (number, (offset, days)) in [("-2h", -1 / 12.0), ("+400d", 400), ("-400d", -400), ("+0", 0)]
                .enumerated()
            {
                let before = (try start(of: "db"), try start(of: "web"))
                try clock.set(offset)
                // Longer than it takes to notice whatever there is to notice.
                try await Task.sleep(for: .seconds(3))
                #expect(try (start(of: "db"), start(of: "web")) == before, "\(offset)")
                try EngineUnderTest.docker("kill", "clock-web-1")
                try await eventually("'web' runs again after \(offset)") {
                    let now = try start(of: "web")
                    return now != before.1 ? now : nil
                }
                try await daemon.converged("clock")
                #expect(try start(of: "db") == before.0, "\(offset)")
                // What happened is dated by the new clock, and stands in the order in which it happened.
                let ahead = Double(try await newest().at.nanoseconds) / 86_400e9 - Date().timeIntervalSince1970 / 86_400
                #expect(abs(ahead - days) < 0.02, "\(offset): \(ahead) days")
                #expect(try await daemon.up(project("\(number + 1)")).state == .succeeded, "\(offset)")
            }
            // A daemon that finds another time than it left.
            try daemon.killHard()
            try clock.set("-3000d")
            let before = (try start(of: "db"), try start(of: "web"))
            try await daemon.start()
            try await daemon.converged("clock")
            #expect(try (start(of: "db"), start(of: "web")) == before)
            let events = try await client.events(EventQuery(stack: stack, limit: 500))
            #expect(events.map(\.id) == events.map(\.id).sorted())
            #expect(events.filter { $0.message.contains("'web' was killed") }.count == 4)
            #expect(try await client.doctor().contains { $0.check == "state" && $0.level == .ok })
        }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("clock")
    }
}
