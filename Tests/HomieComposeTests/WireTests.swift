import HomieCompose
import HomieModel
import Testing

@Suite("Documents over the wire")
struct WireTests {
    private let text = """
        services:
          web:
            image: i
            command: echo $$HOME
            ports: ["80:80"]
            ulimits: {nofile: {soft: 0, hard: 5}, core: 0}
            blkio_config: {weight_device: [{path: /dev/sda, weight: 3}]}
            memswap_limit: -1
            stop_grace_period: 1m30s
            environment: {UNSET: }
            configs: [c]
            secrets: [s]
            x-homie: {canary: {percent: 10}}
            x-other: 1
        configs: {c: {environment: CONF}}
        secrets: {s: {environment: TOKEN}}
        x-homie: {team: a}
        """

    @Test("give the same project again, x-homie and content included")
    func roundTrip() throws {
        let project = try load(text, environment: ["CONF": "c$1", "TOKEN": "t"])
        let again = try ComposeProject.validate(document: project.wireDocument)
        #expect(again.document == project.document)
        #expect(again.wireDocument == project.wireDocument)
        #expect(try again.definition() == project.definition())
        #expect(project.document["services"]?["web"]?["x-homie"] == nil)
        #expect(project.wireDocument["services"]?["web"]?["x-homie"] == ["canary": ["percent": 10]])
        #expect(project.wireDocument["services"]?["web"]?["x-other"] == nil)
        #expect(project.document["secrets"]?["s"]?["content"] == nil)
        #expect(project.wireDocument["secrets"]?["s"]?["content"] == "t")
    }

    @Test("content can be added from an environment")
    func addsContent() throws {
        let project = try load(text)
        #expect(project.wireDocument["secrets"]?["s"]?["content"] == nil)
        let wire = project.wireDocument(environment: ["TOKEN": "t$", "CONF": "c"])
        let stack = try ComposeProject.validate(document: wire).definition()
        #expect(stack.secrets["s"] == .environment(name: "TOKEN", value: "t$"))
    }

    struct Row: Sendable {
        let document: JSONValue
        let path: String
        init(_ document: JSONValue, _ path: String) { (self.document, self.path) = (document, path) }
    }

    static let table: [Row] = [
        Row(["services": [:]], "name"),
        Row(["name": "Not A Name", "services": [:]], "name"),
        Row(["name": "t", "services": ["a": ["image": 5]]], "services.a.image"),
        Row(["name": "t", "services": ["a": ["image": "x", "foo": 1]]], "services.a"),
        Row(["name": "t", "services": ["a": ["image": "x", "env_file": ["/etc/shadow"]]]], "services.a.env_file"),
        Row(["name": "t", "services": ["a": ["extends": ["file": "/x", "service": "b"]]]], "services.a.extends"),
        Row(["name": "t", "include": ["/x"]], "include"),
        Row(["name": "t", "services": ["a": ["image": "x", "ports": ["x:80"]]]], "services.a.ports[0]"),
        Row(["name": "t", "services": ["a": ["image": "x", "depends_on": ["b"]]]], "services.a.depends_on"),
        Row(["name": "t", "services": ["a": ["image": "x", "networks": ["n": nil]]]], "services.a.networks"),
    ]

    @Test("are judged like files, with the key path", arguments: table)
    func refuses(_ row: Row) throws {
        let error = #expect(throws: ComposeErrors.self) { try ComposeProject.validate(document: row.document) }
        #expect(error?.issues.first?.keyPath == row.path)
    }

    @Test("values that are not objects are refused", arguments: [.null, [], "x", 5] as [JSONValue])
    func refusesOthers(_ document: JSONValue) {
        #expect(throws: ComposeErrors.self) { try ComposeProject.validate(document: document) }
    }
}
