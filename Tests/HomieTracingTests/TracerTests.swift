import HomieModel
import Synchronization
import Testing
import Tracing

@testable import HomieTracing

@Suite struct TracerTests {
    /// A tracer with numbers in order, and what it kept.
    private struct Bench {
        let tracer: DeviceTracer
        let kept = Kept()

        final class Kept: Sendable {
            let spans = Mutex<[SpanRecord]>([])
            let next = Mutex<UInt64>(0)
        }

        init() {
            let kept = kept
            tracer = DeviceTracer(
                random: {
                    kept.next.withLock { next in
                        next += 1
                        return next
                    }
                },
                sink: { span in kept.spans.withLock { $0.append(span) } }
            )
        }

        var spans: [SpanRecord] { kept.spans.withLock { $0 } }
    }

    private struct Carrier: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }

    struct Broken: UserFacingError {
        let summary = "the disk is full"
        let kind = ErrorKind.failed
    }

    @Test func `parts are children of the whole, across tasks, and a failure names its reason`() async throws {
        let bench = Bench()
        await #expect(throws: Broken.self) {
            try await bench.tracer.withSpan("whole", ofKind: .server) { whole in
                whole.attributes["count"] = 3
                try await Task {
                    try bench.tracer.withSpan("part", ofKind: .client) { _ in throw Broken() }
                }.value
            }
        }
        let spans = bench.spans
        #expect(spans.map(\.name) == ["part", "whole"])
        #expect(spans[0].parent == spans[1].span && spans[0].trace == spans[1].trace && spans[1].parent == nil)
        #expect(spans.allSatisfy { $0.outcome == .error && $0.reason == "the disk is full" })
        #expect(spans[1].attributes["count"] == 3)
        #expect(spans[0].notes.first?.attributes["exception.message"] == "the disk is full")
        #expect(spans[0].startedAt >= spans[1].startedAt && spans[0].endedAt <= spans[1].endedAt)
    }

    @Test func `a call that belongs to no trace is not kept, and neither are its parts`() {
        let bench = Bench()
        bench.tracer.withSpan("call", ofKind: .client) { _ in bench.tracer.withSpan("part") { _ in } }
        #expect(bench.spans.isEmpty)
    }

    @Test func `a caller's trace goes on here, and on to others`() {
        let bench = Bench()
        var context = ServiceContext.topLevel
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        bench.tracer.extract(["traceparent": header], into: &context, using: Carrier())
        var out: [String: String] = [:]
        bench.tracer.withSpan("here", context: context, ofKind: .server) { span in
            bench.tracer.inject(span.context, into: &out, using: Carrier())
        }
        #expect(bench.spans.first?.trace.description == "0af7651916cd43dd8448eb211c80319c")
        #expect(bench.spans.first?.parent?.description == "b7ad6b7169203331")
        #expect(out["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
    ])
    func `what is no place in a trace begins a new one`(header: String) {
        #expect(TraceParent(header: header) == nil)
    }

    @Test func `a later version's place is taken for what it has in common`() throws {
        let parent = try #require(
            TraceParent(header: "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-new")
        )
        #expect(parent.isSampled)
        #expect(parent.header == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    }

    @Test func `the ring keeps the newest spans, and tells traces newest first`() throws {
        let ring = TraceRing(capacity: 10)
        for number in 1...25 as ClosedRange<UInt64> {
            ring.add(
                SpanRecord(
                    trace: TraceID(drawn: 0, (number + 1) / 2),
                    span: SpanID(drawn: number),
                    parent: number % 2 == 0 ? SpanID(drawn: number - 1) : nil,
                    name: "span \(number)",
                    startedAt: Timestamp(nanoseconds: Int64(number) * 1000),
                    duration: TimeSpan(nanoseconds: 500),
                    outcome: number == 24 ? .error : .ok
                )
            )
        }
        let traces = ring.recentTraces(limit: 3)
        #expect(traces.map(\.name) == ["span 25", "span 23", "span 21"])
        #expect(traces[1].spans == 2 && traces[1].hasErrors && traces[1].duration == TimeSpan(nanoseconds: 1500))
        #expect(ring.spans(of: TraceID(drawn: 0, 12)).map(\.name) == ["span 23", "span 24"])
        #expect(ring.spans(of: TraceID(drawn: 0, 7)).isEmpty)
        #expect(ring.recentTraces(limit: 100).map(\.spans).reduce(0, +) == 10)
    }
}
