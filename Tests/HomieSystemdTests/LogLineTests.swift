import HomieModel
import Logging
import Testing

@testable import HomieSystemd

struct LogLineTests {
    private func line(_ message: Logger.Message, _ metadata: Logger.Metadata = [:]) -> LogLine {
        let event = LogEvent(
            level: .notice,
            message: message,
            metadata: nil,
            source: "Test",
            file: "A.swift",
            function: "f()",
            line: 3
        )
        return LogLine(event: event, label: "homied", metadata: metadata, time: Timestamp(nanoseconds: 0))
    }

    @Test func `a line of text has time, level, label, message and sorted metadata`() {
        let text = line("started", ["stack": "photos", "cause": "two words"]).text(as: .text)
        #expect(text == #"1970-01-01T00:00:00.000Z notice homied: started cause="two words" stack=photos"#)
    }

    @Test func `an event is one line, and cannot steer a terminal`() {
        let text = line("a\nb\u{1B}[2Jc\r").text(as: .text)
        #expect(text == #"1970-01-01T00:00:00.000Z notice homied: a\nb\u{1b}[2Jc\r"#)
    }

    @Test func `a line of JSON keeps the structure of the metadata`() {
        let text = line("say \"hi\"", ["ports": ["80", "443"], "at": ["zone": "web"]]).text(as: .json)
        let expected =
            #"{"label":"homied","level":"notice","message":"say \"hi\"","metadata":{"at":{"zone":"web"},"#
            + #""ports":["80","443"]},"source":"A.swift:3","time":"1970-01-01T00:00:00.000Z"}"#
        #expect(text == expected)
    }
}
