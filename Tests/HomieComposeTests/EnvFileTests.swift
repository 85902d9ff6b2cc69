import HomieCompose
import HomieModel
import Testing

@Suite("Files of variables")
struct EnvFileTests {
    private func variables(_ text: String) throws -> [String: String] {
        let project = try load(["compose.yaml": "services: {s: {image: i, env_file: e.env}}", "e.env": text])
        return (project.document["services"]?["s"]?["environment"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
    }

    static let table: [(text: String, name: String, value: String)] = [
        ("A=1\n", "A", "1"), ("A= b c  # d\n", "A", "b c"), ("A=x#y\n", "A", "x#y"), ("A: colon\n", "A", "colon"),
        ("export A=1\n", "A", "1"), (" A = 1 \n", "A", "1"), ("A='$B #'\n", "A", "$$B #"),
        ("A=\"x\\ty\\\"\"\n", "A", "x\ty\""), ("A=\"one\ntwo\"\n", "A", "one\ntwo"), ("A=\n", "A", ""),
        ("B=1\nA=${B}2\n", "A", "12"), ("A=${NOPE:-d}\n", "A", "d"), ("A=\"\\$B\"\n", "A", "$$B"),
        ("# c\n\nA=1", "A", "1"), ("\u{FEFF}A=1", "A", "1"), ("A.B-C=1\n", "A.B-C", "1"), ("A=a\\nb\n", "A", "a\\nb"),
    ]

    @Test("reads the forms of the specification", arguments: table)
    func reads(_ row: (text: String, name: String, value: String)) throws {
        #expect(try variables(row.text)[row.name] == row.value)
    }

    @Test(
        "names the line that cannot be read",
        arguments: [
            ("A=1\nB C=2\n", 2), ("A='x\n", 1), ("A=1\n\n=x?\n!=3\n", 4),
        ]
    )
    func refuses(_ text: String, _ line: Int) throws {
        let found = issues(["compose.yaml": "services: {s: {image: i, env_file: e.env}}", "e.env": text])
        #expect(found.first?.file == "/p/e.env")
        #expect(found.first?.line == line)
    }

    @Test("own variables win over files, later files over earlier ones")
    func precedence() throws {
        let project = try load([
            "compose.yaml": "services: {s: {image: i, env_file: [a.env, b.env], environment: {C: own}}}",
            "a.env": "A=1\nB=1\nC=1\n", "b.env": "B=2\nC=2\nD=${A}\n",
        ])
        #expect(project.document["services"]?["s"]?["environment"] == ["A": "1", "B": "2", "C": "own", "D": "1"])
        #expect(project.document["services"]?["s"]?["env_file"] == nil)
    }

    @Test("a missing file is an error where it stands, unless it is not required")
    func missing() throws {
        let issue = try #require(issues("services:\n  s:\n    image: i\n    env_file: nope.env\n").first)
        #expect(issue.line == 4)
        #expect(issue.sentence.contains("nope.env"))
        _ = try load("services: {s: {image: i, env_file: [{path: nope.env, required: false}]}}")
    }

    @Test("the environment wins over .env, which is read unless another file is given")
    func dotEnv() throws {
        let files = ["compose.yaml": "services: {s: {image: '$A-$B'}}", ".env": "A=1\nB=1\n", "o.env": "B=2\n"]
        let plain = try load(files, environment: ["A": "0"])
        #expect(plain.document["services"]?["s"]?["image"] == "0-1")
        let other = try load(files) { $0.envFiles = ["/p/o.env"] }
        #expect(other.document["services"]?["s"]?["image"] == "-2")
    }
}
