import Foundation
import HomieAPI
import HomieModel
import Testing

/// The clock is set while homied works with a real engine. Only homied sees it: a library that is loaded before all others moves
/// the wall clock, and leaves the clocks alone that count from the start. (libfaketime moves timers along, which no clock does.)
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct ClockIntegrationTests {
    /// What homied takes for the time, against the machine's.
    private struct Clock {
        private static let source = """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <time.h>
            #include <unistd.h>

            static long long offset(void) {
                char text[32] = {0};
                int file = open(getenv("HOMIE_TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
                if (file < 0) return 0;
                if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
                close(file);
                return atoll(text);
            }

            int clock_gettime(clockid_t clock, struct timespec *now) {
                int result = syscall(SYS_clock_gettime, clock, now);
                if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
                return result;
            }

            int gettimeofday(struct timeval *restrict now, void *restrict zone) {
                struct timespec time;
                (void)zone;
                clock_gettime(CLOCK_REALTIME, &time);
                now->tv_sec = time.tv_sec;
                now->tv_usec = time.tv_nsec / 1000;
                return 0;
            }

            time_t time(time_t *now) {
                struct timespec time;
                clock_gettime(CLOCK_REALTIME, &time);
                if (now) *now = time.tv_sec;
                return time.tv_sec;
            }

            """

        private let directory: URL

        init(in directory: URL) throws {
            self.directory = directory
            let source = directory.appendingPathComponent("clock.c")
            try Data(Self.source.utf8).write(to: source)
            try Command.run("cc", ["-shared", "-fPIC", "-O1", "-o", directory.path + "/clock.so", source.path])
            try set(days: 0)
        }

        func set(days: Double) throws {
            let file = directory.appendingPathComponent("offset")
            try Data("\(Int(days * 86_400))\n".utf8).write(to: file, options: .atomic)
        }

        var variables: [String: String] {
            ["LD_PRELOAD": directory.path + "/clock.so", "HOMIE_TEST_CLOCK": directory.path + "/offset"]
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
        try EngineUnderTest.docker(
            "inspect",
            "--format",
            "{{.Id}} {{.State.StartedAt}} {{.Config.Env}}",
            "clock-\(service)-1"
        )
    }

    /// Waits until the container of this release bears the name: the one before it makes room for it after the deployment.
    private func web(of release: Int) async throws -> String {
        try await eventually("'web' of release \(release) has its name") {
            guard let now = try? start(of: "web"), now.contains("RELEASE=\(release)") else { return nil }
            return now
        }
    }

    @Test func `a clock that is set by hours and years starts nothing anew, stops no healing and no update`()
        async throws
    {
        try EngineUnderTest.clean("clock")
        let daemon = try DaemonProcess()
        let clock = try Clock(in: daemon.directory)
        daemon.environment = clock.variables
        try await daemon.start()
        #expect(try await daemon.up(project("0")).state == .succeeded)
        let client = daemon.client
        let stack = try StackName(parsing: "clock")
        func newest() async throws -> EventRecord {
            try #require(try await client.events(EventQuery(stack: stack)).last)
        }
        try await daemon.explaining {
            for (number, days) in [-1.0 / 12, 400, -400, 0].enumerated() {
                let before = (try start(of: "db"), try await web(of: number))
                try clock.set(days: days)
                // Longer than it takes to notice whatever there is to notice.
                try await Task.sleep(for: .seconds(3))
                #expect(try (start(of: "db"), start(of: "web")) == before, "\(days) days")
                try EngineUnderTest.docker("kill", "clock-web-1")
                try await eventually("'web' runs again after \(days) days") {
                    let now = try? start(of: "web")
                    return now != before.1 ? now : nil
                }
                try await daemon.converged("clock")
                #expect(try start(of: "db") == before.0, "\(days) days")
                // What happened is dated by the new clock, and stands in the order in which it happened.
                let ahead = Double(try await newest().at.nanoseconds) / 86_400e9 - Date().timeIntervalSince1970 / 86_400
                #expect(abs(ahead - days) < 0.02, "\(days): \(ahead)")
                #expect(try await daemon.up(project("\(number + 1)")).state == .succeeded, "\(days) days")
            }
            // A daemon that finds another time than it left.
            let before = (try start(of: "db"), try await web(of: 4))
            try daemon.killHard()
            try clock.set(days: -3000)
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
