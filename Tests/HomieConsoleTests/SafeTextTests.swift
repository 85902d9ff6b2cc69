import HomieConsole
import Testing

@Suite("Text from outside")
struct SafeTextTests {
    @Test("plain text stays as it is")
    func plain() {
        #expect(SafeText.line("web: größer, 日本, 👩‍👩‍👧") == "web: größer, 日本, 👩‍👩‍👧")
    }

    @Test("control characters are shown, not carried out")
    func controls() {
        #expect(SafeText.line("a\u{1B}[2Jb\nc\td\re\u{07}") == #"a\u{1B}[2Jb\nc\td\re\u{7}"#)
        #expect(SafeText.line("\u{9B}31m") == #"\u{9B}31m"#)
    }

    @Test("marks that turn the direction of writing are shown")
    func direction() {
        #expect(SafeText.line("abc\u{202E}cba") == #"abc\u{202E}cba"#)
    }

    @Test("several lines keep their ends and tabs")
    func lines() { #expect(SafeText.lines("a\tb\nc\u{1B}") == "a\tb\nc\\u{1B}") }

    @Test("log lines keep colours on a terminal, and end them")
    func colours() {
        let line = "\u{1B}[1;31mbad\u{1B}[0m\tx\r"
        #expect(SafeText.logLine(line, keepsColours: true) == "\u{1B}[1;31mbad\u{1B}[0m\tx\u{1B}[0m")
        #expect(SafeText.logLine(line, keepsColours: false) == "bad\tx")
    }

    @Test("log lines cannot move the cursor nor name the window")
    func logControls() {
        #expect(SafeText.logLine("\u{1B}[2Ax\u{1B}]0;t\u{07}", keepsColours: true) == #"\u{1B}[2Ax\u{1B}]0;t\u{7}"#)
        #expect(SafeText.logLine("50%\r100%", keepsColours: true) == #"50%\r100%"#)
        #expect(SafeText.logLine("\u{1B}[31", keepsColours: true) == #"\u{1B}[31"#)
    }
}

@Suite("The width of text")
struct DisplayWidthTests {
    @Test(
        "counts columns, not bytes",
        arguments: [("abc", 3), ("größer", 6), ("日本", 4), ("👩‍👩‍👧", 2), ("e\u{301}", 1), ("", 0)]
    )
    func columns(text: String, width: Int) { #expect(DisplayWidth.of(text) == width) }

    @Test("cuts what is too long, and says so")
    func truncation() {
        #expect(DisplayWidth.truncated("abcdef", to: 4) == "abc…")
        #expect(DisplayWidth.truncated("日本語", to: 4) == "日…")
        #expect(DisplayWidth.truncated("abc", to: 3) == "abc")
        #expect(DisplayWidth.truncated("abc", to: 0) == "")
    }
}
