import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite("Measurements")
struct MeasureTests {
    private var usage: UsageTable {
        var web = UsageTable.Service(stack: "shop", service: "web")
        web.processors = 0.256
        web.memory = 25_165_824
        web.received = 1536
        var api = UsageTable.Service(stack: "shop", service: "api")
        api.processors = 1.5
        api.throttled = 0.2
        return UsageTable(host: .init(processors: 0.431, memory: 0.055, load: 0.4), services: [web, api])
    }

    @Test("top shows the busiest first, in units a person reads")
    func top() async throws {
        let usage = usage
        try await FakeDaemon.serving { _ in
            .json(200, usage)
        } _: { daemon in
            let run = await CommandRun("top", daemon: daemon)
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines[0] == "processors 43 %, memory 5.5 %, load 0.4")
            #expect(lines[2].hasPrefix("shop   api      150 %"))
            #expect(lines[2].hasSuffix("20 %"))
            #expect(lines[3].contains("26 %  24 MiB  1.5 KiB"))
            #expect(daemon.requests.map(\.line) == ["GET /measurements/usage"])
            #expect(await CommandRun("top", "--by", "memory", daemon: daemon).output.contains("shop"))
            #expect(await CommandRun("top", "--json", daemon: daemon).output.contains("\"processors\" : 1.5") == false)
        }
    }

    @Test("a query is sent as it was typed, and shown with its course or point by point")
    func query() async throws {
        let name = try #require(SeriesName(parsing: #"node_memory_MemAvailable_bytes{a="b"}"#))
        let range = MeasuredRange(
            function: .quantile(0.95),
            start: Timestamp(nanoseconds: 0),
            end: Timestamp(nanoseconds: 180_000_000_000),
            step: 60,
            resolution: 60,
            series: [.init(name: name, points: [[0, 1024], [60, 4096], [120, 2048]])]
        )
        try await FakeDaemon.serving { _ in
            .json(200, range)
        } _: { daemon in
            let run = await CommandRun(
                [
                    "metrics", "query", name.description, "--function", "p95", "--since", "1970-01-01T00:00:00Z",
                    "--step", "1m",
                ],
                daemon: daemon
            )
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines[1].hasSuffix("2 KiB  1 KiB  2.3 KiB  4 KiB  ▁█▃"))
            let request = try #require(daemon.requests.first)
            #expect(request.query.contains("function=p95&start=1970-01-01T00%3A00%3A00.000Z"))
            #expect(request.query.hasSuffix("step=60"))
            let points = await CommandRun(["metrics", "query", name.description, "--points"], daemon: daemon)
            #expect(points.output.contains("1970-01-01 00:01:00"))
            #expect(await CommandRun(["metrics", "query", "{"], daemon: daemon).code == 2)
            #expect(await CommandRun(["metrics", "query", "up", "--function", "p101"], daemon: daemon).code == 2)
        }
    }

    @Test(
        "names of series are read and written, whatever is in their labels",
        arguments: [
            "up", #"a:b{c="d"}"#, #"a{b="q\"uote",c="back\\slash",d="li\nne"}"#,
        ]
    )
    func names(text: String) throws {
        #expect(SeriesName(parsing: text)?.description == text)
        for bad in ["", "1a", "a{", "a{b}", #"a{b="c""#, #"a{b="c"}x"#, "a b"] {
            #expect(SeriesName(parsing: bad) == nil)
        }
    }
}
