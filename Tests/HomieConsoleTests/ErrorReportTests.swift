import HomieConsole
import HomieModel
import Testing

private struct Fault: UserFacingError {
    var summary: String
    var hint: String?
    var kind: ErrorKind = .failed
    var underlying: (any Error)?
}

private struct Plain: Error, CustomStringConvertible {
    let description = "disk on fire"
}

@Suite("Errors as a person sees them")
struct ErrorReportTests {
    private let plain = Palette(isColoured: false)

    @Test("the sentence comes first, then its causes, then the hint")
    func chain() {
        let cause = Fault(summary: "the socket is closed", hint: "start it", underlying: Plain())
        let report = ErrorReport(Fault(summary: "'shop' was not deployed", kind: .conflict, underlying: cause))
        #expect(
            report.text(plain) == """
                error: 'shop' was not deployed: the socket is closed: disk on fire
                hint: start it

                """
        )
        #expect(report.exitCode == 4)
    }

    @Test("several sentences are several errors")
    func several() {
        let report = ErrorReport(Fault(summary: "a.yaml:1: no\na.yaml:2: neither", kind: .usage))
        #expect(report.text(plain) == "error: a.yaml:1: no\nerror: a.yaml:2: neither\n")
        #expect(report.exitCode == 2)
    }

    @Test("an unknown error is still told, and fails")
    func unknown() {
        #expect(ErrorReport(Plain()).text(plain) == "error: disk on fire\n")
        #expect(ErrorReport(Plain()).exitCode == 1)
    }

    @Test("text from outside cannot steer the terminal")
    func escaping() {
        #expect(ErrorReport(Fault(summary: "\u{1B}[2J")).text(plain) == "error: \\u{1B}[2J\n")
    }

    @Test("labels are coloured only where colours are wanted")
    func colours() {
        #expect(ErrorReport(Plain()).text(Palette(isColoured: true)) == "\u{1B}[31merror:\u{1B}[0m disk on fire\n")
        #expect(!Palette(isTerminal: true, environment: ["NO_COLOR": "1"]).isColoured)
        #expect(!Palette(isTerminal: true, environment: ["TERM": "dumb"]).isColoured)
        #expect(!Palette(isTerminal: false, environment: [:]).isColoured)
        #expect(Palette(isTerminal: true, environment: ["NO_COLOR": "", "TERM": "xterm"]).isColoured)
    }
}
