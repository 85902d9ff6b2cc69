import HomieConsole
import HomieModel
import Testing

@Suite("JSON as it is printed")
struct JSONOutputTests {
    @Test("a value is indented, keys sorted, empty containers on one line")
    func document() {
        let value: JSONValue = ["b": [1, true, nil], "a": ["x": [:], "y": []], "c": "say \"{[,:]}\"\n/é\u{1}"]
        #expect(
            JSONOutput.document(value) == #"""
                {
                  "a": {
                    "x": {},
                    "y": []
                  },
                  "b": [
                    1,
                    true,
                    null
                  ],
                  "c": "say \"{[,:]}\"\n/é\u0001"
                }

                """#
        )
    }

    @Test("encodable values and JSON values give the same text")
    func sameText() throws {
        struct Sample: Encodable {
            var name = "a/b \\ \"c\""
            var numbers = [1, 2]
            var none: Int?
        }
        let value: JSONValue = ["name": "a/b \\ \"c\"", "numbers": [1, 2]]
        #expect(try JSONOutput.document(Sample()) == JSONOutput.document(value))
    }

    @Test("a line has no line feed but at its end")
    func line() throws { #expect(try JSONOutput.line(["a": "x\ny"]) == #"{"a":"x\ny"}"# + "\n") }

    @Test("numbers stay what they are")
    func numbers() {
        let value: JSONValue = [.number(0.5), .number(3), .integer(.max), .number(.infinity)]
        #expect(String(decoding: value.jsonBytes, as: UTF8.self) == "[0.5,3,9223372036854775807,null]")
    }
}
