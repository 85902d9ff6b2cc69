import HomieCompose
import HomieModel
import Testing

@Suite("Files laid over each other")
struct MergeTests {
    private func merged(_ base: String, _ override: String) throws -> JSONValue? {
        let files = ["compose.yaml": base, "override.yaml": override]
        return try load(files, order: ["compose.yaml", "override.yaml"]).document["services"]?["a"]
    }

    static let table: [(base: String, override: String, key: String, result: JSONValue?)] = [
        ("environment: {A: 1, B: 2}", "environment: [B=3, C=4]", "environment", ["A": "1", "B": "3", "C": "4"]),
        ("labels: {a: x}", "labels: [b=y]", "labels", ["a": "x", "b": "y"]),
        ("command: [a]", "command: b c", "command", ["b", "c"]),
        ("entrypoint: [a]", "entrypoint: null", "entrypoint", nil),
        ("dns: 1.1.1.1", "dns: [2.2.2.2]", "dns", ["1.1.1.1", "2.2.2.2"]),
        ("cap_add: [A]", "cap_add: [B, A]", "cap_add", ["A", "B"]),
        ("tmpfs: /a", "tmpfs: [/b, /a]", "tmpfs", ["/a", "/b"]),
        (
            "build: ./a", "build: {args: [X=1]}", "build",
            ["context": "./a", "dockerfile": "Dockerfile", "args": ["X": "1"]]
        ),
        (
            "healthcheck: {test: a, retries: 3}", "healthcheck: {test: [CMD, b], timeout: 5s}", "healthcheck",
            ["test": ["CMD", "b"], "retries": 3, "timeout": "5s"]
        ),
        (
            "logging: {driver: d, options: {a: 1}}", "logging: {options: {b: 2}}", "logging",
            ["driver": "d", "options": ["a": "1", "b": "2"]]
        ),
        (
            "logging: {driver: d, options: {a: 1}}", "logging: {driver: e, options: {b: 2}}", "logging",
            ["driver": "e", "options": ["b": "2"]]
        ),
        ("ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", "ulimits", ["nofile": 5]),
        ("environment: {A: 1}", "environment: !override {B: 2}", "environment", ["B": "2"]),
        ("hostname: h", "hostname: !reset null", "hostname", nil),
        ("environment: {A: 1, B: 2}", "environment: {A: !reset null}", "environment", ["B": "2"]),
        (
            "volumes: ['/a:/t', '/b:/u']", "volumes: ['/c:/t:ro']", "volumes",
            [
                [
                    "type": "bind", "source": "/c", "target": "/t", "read_only": true,
                    "bind": ["create_host_path": true],
                ],
                ["type": "bind", "source": "/b", "target": "/u", "bind": ["create_host_path": true]],
            ]
        ),
    ]

    @Test("follow the rule of each key", arguments: table)
    func rules(_ row: (base: String, override: String, key: String, result: JSONValue?)) throws {
        let service = try merged(
            "services: {a: {image: x, \(row.base)}}",
            "services: {a: {\(row.override)}}"
        )
        let value = service?[row.key]
        #expect(value == row.result || (row.result == nil && value == .null))
    }

    @Test("a whole service can be taken back")
    func resetsService() throws {
        let files = [
            "compose.yaml": "services: {a: {image: x}, z: {image: y}}", "override.yaml": "services: {z: !reset null}",
        ]
        let project = try load(files, order: ["compose.yaml", "override.yaml"])
        #expect(project.document["services"]?.objectValue?.keys.sorted() == ["a"])
    }

    @Test("values of different kinds cannot be laid over each other")
    func mismatch() throws {
        let files = [
            "compose.yaml": "services: {a: {image: x, cap_add: [A]}}",
            "override.yaml": "services:\n  a:\n    cap_add: {b: c}\n",
        ]
        let issue = try #require(issues(files, order: ["compose.yaml", "override.yaml"]).first)
        #expect(issue.file == "/p/override.yaml" && issue.line == 3 && issue.keyPath == "services.a.cap_add")
    }

    @Test("documents of one file are laid over each other")
    func documents() throws {
        let project = try load("services: {a: {image: x}}\n---\nservices: {a: {hostname: h}}\n")
        #expect(project.document["services"]?["a"]?["hostname"] == "h")
    }

    @Test("anchors and merge keys are expanded; own keys win, then the first of several")
    func anchors() throws {
        let project = try load(
            """
            x-a: &a {environment: &e {A: 1, B: 2}, restart: always}
            services:
              one: {<<: *a, image: x, environment: {<<: *e, B: 3}}
              two: {<<: [{hostname: h}, *a, {hostname: other}], image: x}
            """
        )
        let services = project.document["services"]
        #expect(services?["one"]?["environment"] == ["A": "1", "B": "3"])
        #expect(services?["two"]?["hostname"] == "h")
        #expect(services?["two"]?["restart"] == "always")
    }
}

@Suite("Extends and include")
struct ReferenceTests {
    @Test("a service takes over another one of its file")
    func sameFile() throws {
        let project = try load(
            """
            services:
              base: {image: x, environment: {A: 1, B: 1}, ports: ["80:80"]}
              web: {extends: base, environment: {B: 2}, hostname: w}
            """
        )
        let web = project.document["services"]?["web"]
        #expect(web?["image"] == "x" && web?["hostname"] == "w")
        #expect(web?["environment"] == ["A": "1", "B": "2"])
        #expect(web?["ports"]?.arrayValue?.count == 1)
    }

    @Test("paths of an extended service belong to its file")
    func otherFile() throws {
        let project = try load([
            "compose.yaml": "services: {web: {extends: {file: sub/base.yaml, service: b}}}",
            "sub/base.yaml": "services: {b: {image: x, volumes: ['./d:/d'], env_file: e.env}}", "sub/e.env": "A=1\n",
        ])
        let web = project.document["services"]?["web"]
        #expect(web?["volumes"]?.arrayValue?.first?["source"] == "sub/d")
        #expect(web?["environment"] == ["A": "1"])
    }

    @Test("services that extend each other in a circle, or what is not there, are refused")
    func refusals() throws {
        #expect(issues("services: {a: {extends: b}, b: {extends: a}}").first?.sentence.contains("circle") == true)
        let missing = try #require(issues("services:\n  web: {image: x}\n  other:\n    extends: wbe\n").first)
        #expect(missing.line == 4 && missing.remedy == "did you mean 'web'?")
        #expect(!issues("services: {a: {extends: {file: no.yaml, service: b}}}").isEmpty)
        var chain = "services:\n  s0: {image: x}\n"
        for number in 1...2_000 { chain += "  s\(number): {extends: s\(number - 1)}\n" }
        #expect(issues(chain).first?.sentence.contains("in a row") == true)
    }

    @Test("an include brings its resources, with its own directory and variables")
    func includes() throws {
        let project = try load([
            "compose.yaml": "include: [inc/a.yaml]\nservices: {m: {image: 'x$V', depends_on: [i]}}\n",
            "inc/a.yaml": "services: {i: {image: '$V', volumes: ['./d:/d', 'vol:/v']}}\nvolumes: {vol: }\n",
            "inc/.env": "V=inner\n", ".env": "W=1\n",
        ])
        let services = project.document["services"]
        #expect(services?["i"]?["image"] == "inner")
        #expect(services?["i"]?["volumes"]?.arrayValue?.first?["source"] == "inc/d")
        #expect(project.document["volumes"]?["vol"]?["name"] == "t_vol")
    }

    @Test("files on other machines are refused with a way to get them")
    func remoteFiles() throws {
        let git = try #require(issues("include:\n  - https://example.com/x.git#v1\n").first)
        #expect(git.sentence.contains("on another machine") && git.line == 2)
        #expect(git.remedy == "fetch it, e.g. with 'git clone https://example.com/x.git', and name the file")
        #expect(issues("include: [{path: ['oci://example.com/x:1']}]").first?.remedy?.contains("oras pull") == true)
        let extends = issues("services: {a: {extends: {file: 'git@example.com:x.git', service: b}}}")
        #expect(extends.first?.sentence.contains("on another machine") == true)
    }

    @Test("an include that contradicts the file is refused")
    func includeConflict() throws {
        let found = issues([
            "compose.yaml": "include: [a.yaml]\nservices: {m: {image: x}}\n", "a.yaml": "services: {m: {image: y}}",
        ])
        #expect(found.first?.keyPath == "services.m")
    }
}
