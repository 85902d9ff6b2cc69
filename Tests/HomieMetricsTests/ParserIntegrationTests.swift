import Foundation
import HomieMetrics
import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// What we write, read by others' parsers: Prometheus' own tool and the OpenMetrics parser of its Python client.
///
/// `scripts/setup metrics` installs both; HOMIE_TEST_PYTHON names the interpreter that has the parser, and
/// HOMIE_TEST_REQUIRE_METRICS=1 says that both were promised.
@Suite struct ParserIntegrationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let python = environment["HOMIE_TEST_PYTHON"] ?? ""
    private static let promtool =
        [environment["HOMIE_TEST_PROMTOOL"] ?? "", "/usr/bin/promtool", "/usr/local/bin/promtool"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static let isPromised = environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"
    static let hasTools = isPromised || (promtool != nil && !python.isEmpty)

    private func families() async throws -> [MetricFamily] {
        let fixture = try KernelFixture()
        try fixture.writeHost()
        try fixture.writeV2(folder: "docker/\(KernelFixture.id)")
        let stacks = try ReaderTests.stacks()
        let registry = MetricRegistry()
        registry.counter("homie_restarts", "Restarts of containers.", [.init("odd", "a\"b\\c\nd é")]).increment()
        registry.gauge("homie_small_ratio", "A ratio.").set(1.5e-7)
        let exporter = MetricsExporter(
            paths: fixture.paths,
            stacks: { stacks },
            registry: registry,
            version: "1.2.3",
            wall: { Timestamp(nanoseconds: 1_700_000_000_500_000_000) }
        )
        let made = await exporter.families()
        // And this very machine.
        let real = MetricsExporter(
            stacks: { [] },
            registry: MetricRegistry(),
            version: "1.2.3",
            wall: { Timestamp(nanoseconds: 1_700_000_000_500_000_000) }
        )
        let parts = try await PartFamiliesTests.exporter().families().filter { $0.name.hasPrefix("homie_") }
        return made + parts + (await real.families())
    }

    @Test(.enabled(if: hasTools)) func `promtool reads all of it, and finds nothing to say about our own names`()
        async throws
    {
        let promtool = try #require(Self.promtool, "scripts/lib/unpacked prometheus usr/bin/promtool")
        let families = try await families()
        let own = families.filter { $0.name.hasPrefix("homie_") || $0.name.hasPrefix("process_") }
        #expect(own.count > 10)
        let strict = try run(promtool, ["check", "metrics"], input: ExpositionWriter.text(own, as: .prometheus))
        #expect(strict.status == 0, "\(strict.text)")
        // Others' names have their own style; then promtool ends with 3, and with 1 when it cannot read.
        let all = try run(promtool, ["check", "metrics"], input: ExpositionWriter.text(families, as: .prometheus))
        #expect([0, 3].contains(all.status), "\(all.text)")
    }

    @Test(.enabled(if: hasTools)) func `the OpenMetrics parser reads every family and sample back`() async throws {
        let families = try await families()
        let script = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
            found = list(parse(sys.stdin.read()))
            print(len(found), sum(len(f.samples) for f in found))
            """
        let text = ExpositionWriter.text(families, as: .openMetrics)
        let result = try run(Self.python, ["-c", script], input: text)
        #expect(result.status == 0, "\(result.text)")
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let types = lines.filter { $0.hasPrefix("# TYPE") }.count
        let samples = lines.filter { !$0.hasPrefix("#") }.count
        #expect(result.text == "\(types) \(samples)\n")
    }

    private func run(_ program: String, _ arguments: [String], input: [UInt8]) throws -> (status: Int32, text: String) {
        let run = try ProgramRun(program, arguments, input: Data(input))
        return (run.status, run.output + run.complaint)
    }
}
