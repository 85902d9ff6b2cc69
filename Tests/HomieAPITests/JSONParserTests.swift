import HomieAPI
import HomieModel
import Testing

@Suite("Reading JSON")
struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }

    @Test("every kind of value is read")
    func values() throws {
        let value = try parse(#" { "a" : [1, -2.5e2, true, false, null, "x"], "b":{}, "c":[] } "#)
        let list: JSONValue = .array([.integer(1), .number(-250), .bool(true), .bool(false), .null, .string("x")])
        #expect(value == .object(["a": list, "b": .object([:]), "c": .array([])]))
    }

    @Test("escapes and surrogate pairs are read")
    func escapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\té😀é""#).stringValue == "\"\\/\u{8}\u{C}\n\r\té😀é")
        #expect(try parse(#""\u00e9\ud83d\ude00""#).stringValue == "é😀")
    }

    @Test("large numbers stay exact or become real, and impossible ones are refused")
    func numbers() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(throws: JSONSyntaxError.self) { try parse("1e999") }
    }

    @Test(
        "what is not JSON is refused with the place",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "01", "1.", ".5", "+1", "nul", "tru", "[1 2]", "{\"a\" 1}", "1 2",
            "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "\"abc",
            "{\"a\":1,\"a\":2}",
            "NaN", "Infinity", "-", "[", "// x\n1", "\u{FEFF}1",
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test("text that is not UTF-8 is refused")
    func encoding() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0xFE, 0x22] as [UInt8]) }
    }

    @Test("nesting without end is refused, not followed")
    func depth() throws {
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try parse(deep).arrayValue?.count == 1)
    }

    @Test("a parsed value written down and parsed again is the same")
    func roundTrip() throws {
        let value = try parse(#"{"ports":[{"target":80,"published":"8080"}],"ratio":0.25,"text":"\u0000\"☃"}"#)
        #expect(try JSONValue(parsing: JSONText.bytes(value)) == value)
    }
}
