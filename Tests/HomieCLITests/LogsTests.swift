import HomieAPI
import HomieConsole
import HomieModel
import Testing

@testable import homie_cli

/// One value in one line, as streams carry them.
enum JSONLine {
    static func entry(_ second: Double?, _ text: String) throws -> String {
        try JSONOutput.line(LogEntry(at: second.map(Samples.time), channel: .stdout, text: text))
    }

    static func event(_ event: EventRecord) throws -> String {
        "id: \(event.id)\ndata: \(try JSONOutput.line(event))\n"
    }
}

@Suite("homie logs")
struct LogsTests {
    private static func log(_ lines: [(Double?, String)]) throws -> FakeDaemon.Reply {
        .text(200, try lines.map { try JSONLine.entry($0.0, $0.1) }.joined())
    }

    private let answer: FakeDaemon.Answer = { request in
        let web = Samples.container("web").id
        do {
            switch request.path.replacing("/api/v1", with: "") {
            case "/stacks":
                let services = [Samples.status("web"), Samples.status("db")]
                return .json(200, StacksAnswer(stacks: [Samples.stack(services)]))
            case "/containers/\(web)/logs": return try log([(1, "w1"), (3, "w3 \u{1B}[31mred"), (nil, "w3b")])
            default: return try log([(2, "d2\u{1B}[2J"), (4, "d4")])
            }
        } catch {
            return .text(500, "\(error)")
        }
    }

    @Test("the lines of several services are merged in order of time")
    func merged() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("logs", daemon: daemon)
            #expect(run.code == 0)
            #expect(
                run.output == #"""
                    web-1 | w1
                    db-1  | d2\u{1B}[2J
                    web-1 | w3 red
                    web-1 | w3b
                    db-1  | d4

                    """#
            )
        }
    }

    @Test("on a terminal each container's label has a colour of its own, and keeps it")
    func colours() throws {
        let stream = ConsoleStream(TextRecorder(), palette: Palette(isColoured: true))
        var printer = LogPrinter(stream: stream, isJSON: false, showsTimes: false, showsLabels: true)
        let sources = ["web", "db"].map { LogSource(Samples.container($0), namesStack: false) }
        printer.prepare([sources[0]])
        let entry = LogEntry(at: nil, channel: .stdout, text: "plain")
        let first = try printer.text(entry, from: sources[0])
        printer.prepare(sources)
        let second = try printer.text(entry, from: sources[1])
        func colour(_ line: String) -> Substring { line.dropFirst(2).prefix { $0 != "m" } }
        #expect(first.hasPrefix("\u{1B}[") && first.contains("web-1 |\u{1B}[0m plain\n"))
        #expect(second.contains("db-1  |\u{1B}[0m plain\n"))
        #expect(colour(first) != colour(second))
        #expect(try printer.text(entry, from: sources[0]) == first)
    }

    @Test("one service, with times, or without labels")
    func one() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("logs", "shop/db", "-t", "--no-log-prefix", "--tail", "5", daemon: daemon)
            #expect(run.output.hasPrefix("1970-01-01T00:00:02.000Z d2"))
            #expect(daemon.requests.last?.query == "tail=5")
        }
    }

    @Test("as JSON it is a document in each line, that says where it is from")
    func json() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("logs", "web", "--json", daemon: daemon)
            #expect(
                run.output.split(separator: "\n").first
                    == #"{"at":"1970-01-01T00:00:01.000Z","channel":"stdout","container":"shop-web-1","service":"web","stack":"shop","text":"w1"}"#
            )
        }
    }

    @Test("a service that is not there is not found; several stacks need a name")
    func missing() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            #expect(await CommandRun("logs", "nobody", daemon: daemon).code == 3)
        }
        try await FakeDaemon.serving { _ in
            .json(200, StacksAnswer(stacks: [Samples.stack([]), Samples.stack([], name: Samples.name("home"))]))
        } _: { daemon in
            let run = await CommandRun("logs", daemon: daemon)
            #expect(run.code == 2)
            #expect(run.errors.contains("home, shop"))
        }
    }

    @Test("a log that breaks off is followed from its last line, and no line comes twice")
    func follows() async throws {
        let output = TextRecorder()
        let opened = Counter()
        try await FakeDaemon.serving { request in
            if request.line == "GET /stacks" {
                return .json(200, StacksAnswer(stacks: [Samples.stack([Samples.status("web")])]))
            }
            let turn = opened.increment()
            do {
                return turn == 1
                    ? try Self.log([(1, "one"), (2, "two"), (2, "two again")])
                    : try Self.log([(2, "two"), (2, "two again"), (2, "two more"), (5, "three \(request.query)")])
            } catch {
                return .text(500, "\(error)")
            }
        } _: { daemon in
            let task = Task { await CommandRun(["logs", "-f"], daemon: daemon, output: output) }
            for _ in 0..<1200 where !output.text.contains("three") { try await Task.sleep(for: .milliseconds(50)) }
            task.cancel()
            let since = "follow=true&since=1970-01-01T00%3A00%3A02.000Z"
            #expect(
                output.text.split(separator: "\n").prefix(5) == [
                    "web-1 | one", "web-1 | two", "web-1 | two again", "web-1 | two more", "web-1 | three \(since)",
                ]
            )
        }
    }

    @Test("--grep is asked of the daemon")
    func grep() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            #expect(await CommandRun("logs", "web", "--grep", "w3 &", daemon: daemon).code == 0)
            #expect(daemon.requests.last?.query == "grep=w3%20%26")
            #expect(await CommandRun("logs", "web", "--grep", "", daemon: daemon).code == 2)
        }
    }
}
