import HomieModel
import HomieSupervisor
import HomieTestSupport
import Synchronization
import Testing

/// Limits that hold services back.
@Suite struct StarvationTests {
    private static let place = #"{stack="shop",service="web"}"#

    /// A service with 100 MiB and half a CPU that has used nearly all of it in the last hour.
    private func starving(_ heal: JSONValue, peak: Int = 95) async throws -> Bench {
        let bench = try await Bench()
        let past = Past()
        past.lastHour.withLock {
            $0["container_memory_working_set_bytes\(Self.place)"] = Double(peak << 20)
            $0["container_cpu_usage_seconds\(Self.place)"] = 0.5
            $0["container_cpu_cfs_throttled_seconds\(Self.place)"] = 0.25
        }
        await bench.supervisor.attach(measurements: past)
        await bench.engine.addImage("web")
        #expect(try await bench.up(definition(heal)).state == .succeeded)
        _ = await bench.supervisor.doctor()
        return bench
    }

    private func definition(_ heal: JSONValue, title: String = "first") throws -> StackDefinition {
        try stack(
            "shop",
            [
                "web": service("web") {
                    $0.restart = .always
                    $0.environment["TITLE"] = title
                    $0.resources.memory = ByteCount(bytes: 100 << 20)
                    $0.resources.nanoCPUs = 500_000_000
                    $0.homie = ["heal": heal]
                }
            ]
        )
    }

    private func messages(_ bench: Bench) async throws -> [String] {
        try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
            .filter { $0.kind.hasPrefix("healing.") }.map(\.message)
    }

    @Test func `limits are raised to what was used and some head-room, and that is told`() async throws {
        let bench = try await starving(["memory": "1g", "cpus": 2])
        // A tenth more memory, a fifth more processor.
        #expect(
            try await messages(bench) == [
                "the CPU limit of 'web' is raised to 0.9: it was held back for 0.25 CPUs of the last hour",
                "the memory limit of 'web' is raised to 105 MiB: it used nearly all of 100 MiB in the last hour",
            ]
        )
        #expect(await bench.engine.calls.suffix(2) == ["limitProcessors shop-web-1", "limitMemory shop-web-1"])
    }

    @Test func `limits are not raised beyond what the file allows, and not at all where it allows nothing`()
        async throws
    {
        let little = try await starving(["memory": "102m", "cpus": .number(0.5)])
        let told = try await messages(little)
        #expect(told.count == 1)
        #expect(told.first?.contains("raised to 102 MiB") == true)
        let nothing = try await starving(["restarts": 3])
        #expect(try await messages(nothing) == [])
        #expect(await nothing.engine.calls.allSatisfy { !$0.hasPrefix("limit") })
        // What may not be done is advised.
        try await eventually("it is advised") {
            await nothing.supervisor.issues().contains { $0.remedy?.command == "mem_limit: 105m" } ? true : nil
        }
    }

    @Test func `what is killed at its file's limit again is given what it used before, and a tenth more, at once`()
        async throws
    {
        let heal: JSONValue = ["memory": "1g"]
        let bench = try await starving(heal, peak: 300)
        // Made anew, it has the limit of its file.
        #expect(try await bench.up(definition(heal, title: "second")).state == .succeeded)
        await bench.engine.tellOutOfMemory("shop-web-1")
        await bench.engine.crash("shop-web-1", exitCode: 137)
        try await eventually("its limit is raised") {
            try await messages(bench).contains {
                $0.hasPrefix("the memory limit of 'web' is raised to 331 MiB: it ran out of memory")
            } ? true : nil
        }
    }
}
