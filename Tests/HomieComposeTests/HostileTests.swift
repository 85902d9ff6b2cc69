import HomieCompose
import HomieModel
import Testing

/// Files made to do harm end in one clear error, in little time.
@Suite("Hostile files", .timeLimit(.minutes(5)))
struct HostileTests {
    @Test("an alias bomb is refused")
    func aliasBomb() throws {
        var text = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "x-\(level): &a\(level) [\(uses)]\n"
        }
        let issue = try #require(issues(text + "services: {s: {image: i}}\n").first)
        #expect(issue.sentence.contains("aliases"))
        #expect(issue.line != nil)
    }

    @Test("an alias bomb of merge keys is refused")
    func mergeBomb() throws {
        var text = "x-0: &a0 {k: v}\n"
        for level in 1...40 { text += "x-\(level): &a\(level) {a: *a\(level - 1), b: *a\(level - 1)}\n" }
        #expect(!issues(text + "services: {s: {image: i, <<: *a40}}\n").isEmpty)
    }

    @Test("an alias bomb in a key is refused before it is compared")
    func keyBomb() throws {
        for key in ["? *a30\n: 1", "*a30 : 1", "{*a30 : 1}", "[*a30]: 1", "- ? *a30\n  : 1", "? [*a30, *a30]\n: 1"] {
            var text = "x-0: &a0 [x, x]\n"
            for level in 1...30 { text += "x-\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
            text += "x-key:\n" + key.split(separator: "\n").map { "  \($0)\n" }.joined()
            let issue = try #require(issues(text).first)
            #expect(issue.sentence.contains("keys"))
        }
    }

    @Test("deep nesting is refused", arguments: [90, 120, 900, 5_000, 100_000])
    func deepNesting(_ depth: Int) throws {
        let flow = "x-a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let maps = "x-a: " + String(repeating: "{a: ", count: depth) + String(repeating: "}", count: depth)
        let dashes = "x-a:\n  " + String(repeating: "- ", count: depth) + "x\n"
        let questions = "x-a:\n  " + String(repeating: "? ", count: depth) + "x\n"
        for text in [flow, maps, dashes, questions] {
            let found = issues(text + "\nservices: {s: {image: i}}\n")
            #expect(found.isEmpty == (depth < 100 && text != questions))
        }
    }

    @Test("a file that is not text is refused, with the place")
    func notText() throws {
        struct Raw: ComposeFileSystem {
            let bytes: [UInt8]
            func read(_ path: String) throws -> [UInt8]? { path.hasSuffix("compose.yaml") ? bytes : nil }
            func isDirectory(_ path: String) -> Bool { false }
        }
        func refusal(_ bytes: [UInt8]) -> ComposeIssue? {
            let options = ComposeOptions(files: ["/p/compose.yaml"], projectName: "t")
            do throws(ComposeErrors) {
                let loader = ComposeLoader(files: Raw(bytes: bytes))
                _ = try loader.load(options)
                return nil
            } catch {
                return error.issues.first
            }
        }
        let start = Array("services:\n  é: ".utf8)
        let nul = try #require(refusal(start + [0]))
        #expect(nul.sentence.contains("NUL") && nul.line == 2 && nul.column == 6)
        let bad = try #require(refusal(start + [0xC3, 0x28]))
        #expect(bad.sentence.contains("UTF-8") && bad.line == 2 && bad.column == 6)
        let large = try #require(refusal(Array(repeating: 0x20, count: 9 << 20)))
        #expect(large.sentence.contains("bytes"))
        #expect(refusal([0xFF, 0xFE, 0x61, 0x00]) != nil)
        #expect(refusal([0x07]) != nil)
        #expect(refusal(Array("services: {s: {image: i}}".utf8)) == nil)
    }

    @Test("a circle of aliases, includes, extends or files is refused")
    func circles() throws {
        #expect(!issues("x-a: &a [*a]\nservices: {s: {image: i}}\n").isEmpty)
        let includes = ["compose.yaml": "include: [b.yaml]", "b.yaml": "include: [compose.yaml]"]
        #expect(issues(includes).first?.sentence.contains("circle") == true)
        let extends = ["compose.yaml": "services: {a: {extends: {file: compose.yaml, service: a}}}"]
        #expect(!issues(extends).isEmpty)
    }

    @Test("many variables in each other are refused or filled in, not overflowed")
    func nestedVariables() throws {
        let text = String(repeating: "${A:-", count: 20_000) + String(repeating: "}", count: 20_000)
        #expect(!issues("services: {s: {image: \"\(text)\"}}").isEmpty)
    }

    @Test("long lines of variables, many unknown keys and many copies of a service take little time")
    func longFiles() throws {
        let line = String(repeating: "${A:-x}", count: 200_000)
        #expect(try load("services: {s: {image: '\(line)'}}").document["services"] != nil)
        let open = String(repeating: "${A:-", count: 200_000)
        #expect(!issues("services: {s: {image: '\(open)'}}").isEmpty)
        let keys = (0..<100_000).map { "k\($0): 1" }.joined(separator: ", ")
        #expect(issues("services: {s: {image: x, \(keys)}}").count <= 50)
        let names = (0..<20_000).map { "n\($0)" }.joined(separator: ", ")
        #expect(issues("services: {s: {image: x, depends_on: [\(names)]}}").count <= 50)
        let labels = (0..<5_000).map { "k\($0): 1" }.joined(separator: ", ")
        let copies = (0..<1_000).map { "  c\($0): {extends: b}\n" }.joined()
        let found = issues("services:\n  b: {image: x, labels: {\(labels)}}\n\(copies)")
        #expect(found.first?.sentence.contains("values") == true)
        let ranges = (0..<100).map { "'127.0.0.\($0):1-65535:1-65535'" }.joined(separator: ", ")
        #expect(issues("services: {s: {image: i, ports: [\(ranges)]}}").first?.sentence.contains("ports") == true)
    }

    @Test("a long range of ports is bounded")
    func portRange() throws {
        let project = try load("services: {s: {image: i, ports: ['1-65535:1-65535']}}")
        #expect(project.document["services"]?["s"]?["ports"]?.arrayValue?.count == 65_535)
        #expect(!issues("services: {s: {image: i, ports: ['1-99999:1-99999']}}").isEmpty)
    }

    @Test("a wire document that is too deep or too large is refused")
    func wireDocuments() throws {
        var deep = JSONValue.array([])
        for _ in 0..<200 { deep = .array([deep]) }
        #expect(throws: ComposeErrors.self) {
            try ComposeProject.validate(document: ["name": "t", "services": [:], "x-a": deep])
        }
    }

    @Test(
        "a number of CPUs beyond any machine is refused, with the place",
        arguments: ["10000000000", "1e30", "-1e30", ".inf", "-.inf", ".nan", "'inf'"]
    )
    func tooManyProcessors(_ count: String) throws {
        let short = try #require(issues("services:\n  s:\n    image: i\n    cpus: \(count)\n").first)
        #expect(short.keyPath == "services.s.cpus" && short.line == 4)
        let long = try #require(
            issues("services:\n  s:\n    image: i\n    deploy: {resources: {limits: {cpus: \(count)}}}\n").first
        )
        #expect(long.keyPath == "services.s.deploy.resources.limits.cpus" && long.line == 4)
    }

    @Test("a length of time that no number can hold is refused, with the place")
    func tooLong() throws {
        for text in ["9223372036.9s", "9223372036854775807ns0.9us", "2562047h48m", "99999999999h"] {
            let issue = try #require(issues("services:\n  s:\n    image: i\n    stop_grace_period: \(text)\n").first)
            #expect(issue.keyPath == "services.s.stop_grace_period" && issue.line == 4)
        }
        #expect(issues("services: {s: {image: i, stop_grace_period: 9223372036.8s}}").isEmpty)
    }
}
