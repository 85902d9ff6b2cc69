import HomieCompose
import HomieModel
import Testing

@Suite("What is refused")
struct SchemaTests {
    static let table: [(text: String, line: Int?, path: String, words: String)] = [
        ("services:\n  web:\n    imagee: x\n", 3, "services.web", "unknown key 'imagee'"),
        ("services:\n  web:\n    image: 5\n", 3, "services.web.image", "must be text"),
        ("services:\n  web:\n    image: x\n    ports: 80\n", 4, "services.web.ports", "must be a list"),
        ("services:\n  web:\n    image: x\n    ports: ['99999:80']\n", 4, "services.web.ports[0]", "not a port"),
        ("services:\n  web:\n    image: x\n    networks: [n]\n", 4, "services.web.networks", "not defined"),
        ("services:\n  web:\n    image: x\n    volumes: ['data:/v']\n", 4, "services.web.volumes", "not defined"),
        ("services:\n  web:\n    image: x\n    secrets: [s]\n", 4, "services.web.secrets", "not defined"),
        ("services:\n  web:\n    image: x\n    depends_on: [db]\n", 4, "services.web.depends_on", "not defined"),
        ("services:\n  web:\n    image: x\n    mem_limit: 5x\n", 4, "services.web.mem_limit", "not a size"),
        ("services:\n  web:\n    image: x\n    stop_grace_period: 5x\n", 4, "services.web.stop_grace_period", "time"),
        ("services:\n  web:\n    image: x\n    pull_policy: never-ever\n", 4, "services.web.pull_policy", "not one of"),
        ("services:\n  web:\n    hostname: h\n", 2, "services.web", "neither 'image' nor 'build'"),
        (
            "services:\n  web:\n    image: x\n    network_mode: host\n    networks: [default]\n", 4,
            "services.web.network_mode", "exclude"
        ),
        (
            "services:\n  web:\n    image: x\n    container_name: c\n    scale: 2\n", 4, "services.web.container_name",
            "one name"
        ),
        (
            "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n", 3,
            "services.b.depends_on",
            "circle"
        ),
        ("services:\n  web:\n    image: x\n    image: y\n", 3, "", "more than once"),
        ("services:\n\tweb: x\n", 2, "", "not valid YAML"),
        ("services:\n  web: [\n", 3, "", "not valid YAML"),
        ("services:\n  1:\n    image: x\n", 2, "services", "not text"),
        ("services:\n  web: *nope\n", 2, "", "not valid YAML"),
        ("- services\n", 1, "", "must be a mapping"),
        (
            "services:\n  web:\n    image: x\n    environment: {A: [1]}\n", 4, "services.web.environment.A",
            "must be text"
        ),
        ("services:\n  web:\n    image: x\nsecrets:\n  s: {}\n", 5, "secrets.s", "must be given"),
        ("services:\n  web:\n    image: x\n    command: 'a \"b'\n", 4, "services.web.command", "split"),
        ("nets: {}\nservices: {}\n", 1, "", "unknown key 'nets'"),
    ]

    @Test("is named with its line, its keys and a sentence", arguments: table)
    func refuses(_ row: (text: String, line: Int?, path: String, words: String)) throws {
        let issue = try #require(issues(row.text).first)
        #expect(issue.line == row.line)
        #expect(issue.keyPath == row.path)
        #expect(issue.sentence.contains(row.words), "\(issue.sentence)")
    }

    @Test("all issues of a file are told at once")
    func severalIssues() {
        let found = issues("services:\n  a: {imag: x}\n  b: {image: x, ports: 5}\n  c: {image: [y]}\n")
        #expect(found.map(\.line) == [2, 3, 4])
        #expect(found.first?.remedy == "did you mean 'image'?")
        #expect(found.first?.text == "/p/compose.yaml:2:7: services.a: unknown key 'imag'")
    }

    @Test("errors are of the kind 'usage' and carry a hint")
    func errorKind() {
        let error = #expect(throws: ComposeErrors.self) { try load("services: {a: {imag: x}}") }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains("hint: did you mean 'image'?") == true)
    }

    @Test("a dependency in a profile that is not enabled is refused unless it is not required")
    func profiles() throws {
        let text = "services: {a: {image: x, depends_on: [b]}, b: {image: y, profiles: [p]}}"
        #expect(issues(text).first?.remedy?.contains("enable the profile p") == true)
        let enabled = try load(text, profiles: ["p"])
        #expect(enabled.document["services"]?.objectValue?.count == 2)
        _ = try load(
            "services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, "
                + "b: {image: y, profiles: [p]}}"
        )
    }
}
