import HomieCompose
import HomieModel
import Testing

@Suite("Interpolation")
struct InterpolationTests {
    static let table: [(text: String, result: String)] = [
        ("$A", "a"), ("${A}", "a"), ("x${A}y", "xay"), ("$A$A", "aa"), ("$A-b", "a-b"), ("$NOPE.", "."),
        ("${A-d}", "a"), ("${A:-d}", "a"), ("${NOPE-d}", "d"), ("${NOPE:-d}", "d"), ("${EMPTY-d}", ""),
        ("${EMPTY:-d}", "d"), ("${A+r}", "r"), ("${A:+r}", "r"), ("${NOPE+r}", ""), ("${NOPE:+r}", ""),
        ("${EMPTY+r}", "r"), ("${EMPTY:+r}", ""), ("${A:?must}", "a"), ("${EMPTY?must}", ""),
        ("$$A", "$A"), ("$${A}", "${A}"), ("$$$A", "$a"), ("$1 $( $", "$1 $( $"),
        ("${NOPE:-${A}}", "a"), ("${NOPE:-${NOPE:-x}}y", "xy"), ("${NOPE:-a}b${NOPE:-c}", "abc"),
        ("${NOPE:-http://h:80/?a=b&c={d}}", "http://h:80/?a=b&c={d}"), ("${NOPE-a:-b}", "a:-b"),
        ("${NOPE:-{}}", "{}"), ("${NOPE:-}}", "}"), ("${A}}", "a}"), ("${NOPE:-$$A}", "$A"),
    ]

    @Test("fills in variables by the rules of the specification", arguments: table)
    func fillsIn(_ row: (text: String, result: String)) throws {
        let project = try load(
            "services: {s: {image: i, labels: {l: '\(row.text)'}}}",
            environment: ["A": "a", "EMPTY": ""]
        )
        let written = project.document["services"]?["s"]?["labels"]?["l"]?.stringValue
        #expect(written == row.result.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
    }

    @Test(
        "refuses what cannot be read as a variable, with line and column",
        arguments: [
            "${}", "${A", "${1}", "${A!x}", "${A:x}", "${ A}",
        ]
    )
    func refusesMalformed(_ text: String) throws {
        let issue = try #require(issues("services:\n  s:\n    image: i\n    labels:\n      l: '\(text)'\n").first)
        #expect(issue.line == 5)
        #expect(issue.column == 10)
        #expect(issue.keyPath == "services.s.labels.l")
        #expect(issue.remedy?.contains("$$") == true)
    }

    @Test("names a required variable that is not set, and its message")
    func requiredVariables() throws {
        let issue = try #require(issues("services: {s: {image: '${IMAGE:?give an image}'}}").first)
        #expect(issue.sentence == "the variable IMAGE must be set: give an image")
    }

    @Test("leaves keys as they are")
    func keysStay() throws {
        let project = try load("services: {s: {image: i, labels: {'$A': '$A'}}}", environment: ["A": "v"])
        #expect(project.document["services"]?["s"]?["labels"] == ["$$A": "v"])
    }

    @Test("turns text into numbers and flags where the key wants them")
    func casts() throws {
        let project = try load(
            "services: {s: {image: i, privileged: '$T', cpus: '$C', scale: '$N', init: 'no'}}",
            environment: ["T": "true", "C": "0.5", "N": "2"]
        )
        let service = project.document["services"]?["s"]
        #expect(service?["privileged"] == true)
        #expect(service?["cpus"] == .number(0.5))
        #expect(service?["scale"] == 2)
        #expect(service?["init"] == false)
        #expect(project.warnings.contains { $0.sentence.contains("true or false instead of 'no'") })
    }

    @Test("warns once of a variable that is not set")
    func warnsOfUnset() throws {
        let project = try load("services: {s: {image: 'i$NOPE', hostname: 'h$NOPE'}}")
        #expect(project.warnings.map(\.sentence) == ["the variable NOPE is not set; it counts as empty"])
    }

    @Test("without interpolation the text stays, and the project has no definition")
    func withoutInterpolation() throws {
        let project = try load(["compose.yaml": "services: {s: {image: 'i:$TAG', ports: ['$P:80']}}"]) {
            $0.interpolates = false
        }
        #expect(project.document["services"]?["s"]?["image"] == "i:$TAG")
        #expect(throws: ComposeErrors.self) { try project.definition() }
    }
}
