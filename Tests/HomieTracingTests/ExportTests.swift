import HomieModel
import Logging
import Synchronization
import Testing

@testable import HomieTracing

@Suite struct ExportTests {
    static let sample = SpanRecord(
        trace: TraceID(drawn: 0x0AF7_6519_16CD_43DD, 0x8448_EB21_1C80_319C),
        span: SpanID(drawn: 0xB7AD_6B71_6920_3331),
        parent: SpanID(drawn: 0x0102_0304_0506_0708),
        name: "up shop",
        kind: .server,
        startedAt: Timestamp(nanoseconds: 1_795_000_000_123_456_789),
        duration: TimeSpan(nanoseconds: 1_000_000_001),
        outcome: .error,
        reason: "the disk is full",
        attributes: [
            "text": "ü", "whole": -5, "real": .number(0.25), "flag": true, "list": ["a", 2], "nothing": nil,
        ],
        notes: [
            SpanRecord.Note(
                at: Timestamp(nanoseconds: 1_795_000_000_223_456_789),
                name: "exception",
                attributes: ["n": 1]
            )
        ]
    )

    /// A field of a message: its number, and its number or bytes.
    private struct Field {
        var number: Int
        var value: UInt64 = 0
        var bytes: [UInt8] = []
    }

    private struct Malformed: Error {}

    /// Reads a message, strictly: every byte belongs to a field of a known wire type.
    private func fields(_ bytes: [UInt8]) throws -> [Field] {
        var fields: [Field] = []
        var rest = bytes[...]
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 70, by: 7) {
                guard let byte = rest.popFirst(), shift < 64 else { throw Malformed() }
                value |= UInt64(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return value }
            }
            throw Malformed()
        }
        while !rest.isEmpty {
            let tag = try varint()
            var field = Field(number: Int(tag >> 3))
            guard field.number > 0 else { throw Malformed() }
            switch tag & 7 {
            case 0: field.value = try varint()
            case 1:
                guard rest.count >= 8 else { throw Malformed() }
                for index in 0..<8 { field.value |= UInt64(rest.removeFirst()) << UInt64(8 * index) }
            case 2:
                let count = Int(try varint())
                guard rest.count >= count else { throw Malformed() }
                field.bytes = Array(rest.prefix(count))
                rest.removeFirst(count)
            default: throw Malformed()
            }
            fields.append(field)
        }
        return fields
    }

    @Test func `the bytes are the message's, field by field`() throws {
        let bytes = TraceRequest.bytes(
            [Self.sample, Self.sample],
            resource: ["service.name": "homied"],
            version: "1.2"
        )
        let request = try fields(bytes)
        #expect(request.map(\.number) == [1])
        let group = try fields(request[0].bytes)
        #expect(group.map(\.number) == [1, 2])
        let scoped = try fields(group[1].bytes)
        #expect(scoped.map(\.number) == [1, 2, 2])
        let span = try fields(scoped[1].bytes)
        #expect(span.map(\.number) == [1, 2, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 11, 15])
        #expect(span[0].bytes == Self.sample.trace.bytes && span[0].bytes.count == 16)
        #expect(span[1].bytes == Self.sample.span.bytes && span[1].bytes.count == 8)
        #expect(String(decoding: span[3].bytes, as: UTF8.self) == "up shop")
        #expect(span[4].value == 2)
        #expect(span[5].value == 1_795_000_000_123_456_789)
        #expect(span[6].value == 1_795_000_001_123_456_790)
        let pairs = try span.filter { $0.number == 9 }.map { try fields($0.bytes) }
        #expect(
            pairs.map { String(decoding: $0[0].bytes, as: UTF8.self) } == [
                "flag", "list", "nothing", "real", "text", "whole",
            ]
        )
        #expect(try fields(pairs[0][1].bytes).map(\.value) == [1])
        #expect(pairs[2][1].bytes.isEmpty)
        #expect(try fields(pairs[3][1].bytes)[0].value == 0.25.bitPattern)
        #expect(Int64(bitPattern: try fields(pairs[5][1].bytes)[0].value) == -5)
        let status = try fields(span[14].bytes)
        #expect(status.map(\.number) == [2, 3] && status[1].value == 2)
    }

    /// A collector that answers as it is told.
    private final class Collector: Sendable {
        let state: Mutex<(answers: [TraceExporter.Answer], bodies: [[UInt8]])>

        init(_ answers: [TraceExporter.Answer]) { state = Mutex((answers, [])) }

        func take(_ body: [UInt8]) -> TraceExporter.Answer {
            state.withLock { state in
                state.bodies.append(body)
                return state.answers.isEmpty ? .taken : state.answers.removeFirst()
            }
        }

        var count: Int { state.withLock { $0.bodies.count } }
    }

    private func exporter(_ collector: Collector) -> TraceExporter {
        TraceExporter(
            resource: ["service.name": "homied"],
            version: "1",
            interval: .milliseconds(5),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            post: { collector.take($0) }
        )
    }

    @Test func `a collector that is busy gets the same spans again, one that refuses does not`() async throws {
        let collector = Collector([.busy("503"), .taken, .refused("400"), .taken])
        let exporter = exporter(collector)
        let task = Task { await exporter.run() }
        exporter.add(Self.sample)
        while exporter.counts.sent < 1 { try await Task.sleep(for: .milliseconds(5)) }
        let bodies = collector.state.withLock { $0.bodies }
        #expect(bodies.count == 2 && bodies[0] == bodies[1])
        exporter.add(Self.sample)
        while exporter.counts.dropped < 1 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(collector.count == 3)
        task.cancel()
        await task.value
    }

    @Test func `what a collector does not fetch is bounded`() {
        let exporter = exporter(Collector([]))
        for _ in 0..<5000 { exporter.add(Self.sample) }
        #expect(exporter.counts.dropped == 5000 - TraceExporter.mostWaiting)
    }
}
