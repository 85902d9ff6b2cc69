import HomieCompose
import HomieModel
import Testing

@Suite("Projects")
struct ProjectTests {
    @Test("are named by option, environment, file or directory, in this order")
    func names() throws {
        func name(_ option: String?, _ environment: [String: String], _ text: String) throws -> String {
            try load(["compose.yaml": text], environment: environment) { $0.projectName = option }.name.text
        }
        let named = "name: In-${X:-File}\nservices: {s: {image: i}}"
        #expect(try name("opt", ["COMPOSE_PROJECT_NAME": "env"], named) == "opt")
        #expect(try name(nil, ["COMPOSE_PROJECT_NAME": "env"], named) == "env")
        #expect(try name(nil, [:], named) == "in-file")
        #expect(try name(nil, [:], "services: {s: {image: i}}") == "p")
        #expect(throws: ComposeErrors.self) { try name("Not Valid", [:], named) }
    }

    @Test("know their own name as a variable")
    func nameVariable() throws {
        let project = try load("services: {s: {image: 'i-${COMPOSE_PROJECT_NAME}'}}")
        #expect(project.document["services"]?["s"]?["image"] == "i-t")
    }

    @Test("hold only the resources that services use")
    func usedResources() throws {
        let project = try load(
            "services: {s: {image: i, networks: [n]}}\nnetworks: {n: , unused: }\nvolumes: {unused: }\n"
        )
        #expect(project.document["networks"]?.objectValue?.keys.sorted() == ["n"])
        #expect(project.document["volumes"] == nil)
    }

    @Test("keep extensions at the top only")
    func extensions() throws {
        let project = try load("services: {s: {image: i, x-a: 1}}\nx-b: {c: [1, 2.5]}\n")
        #expect(project.document["x-b"] == ["c": [1, .number(2.5)]])
        #expect(project.document["services"]?["s"]?["x-a"] == nil)
    }

    @Test("warn of version, which has no effect")
    func version() throws {
        let project = try load("version: '3'\nservices: {s: {image: i}}")
        #expect(project.warnings.first?.sentence.contains("'version'") == true)
        #expect(project.warnings.first?.line == 1)
        #expect(project.document["version"] == nil)
    }

    @Test("are made of services whose profiles are enabled")
    func profiles() throws {
        let text = "services: {a: {image: x}, b: {image: x, profiles: [p]}, c: {image: x, profiles: [q]}}"
        func names(_ profiles: [String], _ environment: [String: String] = [:]) throws -> [String]? {
            try load(text, environment: environment, profiles: profiles).document["services"]?.objectValue?.keys
                .sorted()
        }
        #expect(try names([]) == ["a"])
        #expect(try names(["p"]) == ["a", "b"])
        #expect(try names(["*"]) == ["a", "b", "c"])
        #expect(try names([], ["COMPOSE_PROFILES": "p, q"]) == ["a", "b", "c"])
    }

    @Test("have absolute paths when paths are resolved")
    func paths() throws {
        let text = """
            services:
              s: {image: i, build: {context: sub}, volumes: ["./a:/a", "~/b:/b", "../c:/c"], configs: [f]}
            configs: {f: {file: ./f}}
            """
        let project = try load(["compose.yaml": text]) { $0.resolvesPaths = true }
        let service = project.document["services"]?["s"]
        #expect(service?["build"]?["context"] == "/p/sub")
        #expect(service?["volumes"]?.arrayValue?.map { $0["source"] } == ["/p/a", "/home/u/b", "/c"])
        #expect(project.document["configs"]?["f"]?["file"] == "/p/f")
    }

    @Test("are found under their standard names, with the override file")
    func discovery() throws {
        let files = MemoryFiles(files: [
            "/p/docker-compose.yml": "", "/p/docker-compose.override.yml": "", "/p/sub/x": "", "/q/compose.yaml": "",
        ])
        func found(_ directory: String, _ environment: [String: String] = [:]) throws -> [String] {
            try ComposeDiscovery.files(in: directory, environment: environment, files: files)
        }
        #expect(try found("/p") == ["/p/docker-compose.yml", "/p/docker-compose.override.yml"])
        #expect(try found("/p/sub") == ["/p/docker-compose.yml", "/p/docker-compose.override.yml"])
        #expect(try found("/q") == ["/q/compose.yaml"])
        #expect(try found("/elsewhere") == [])
        #expect(try found("/p", ["COMPOSE_FILE": "a.yaml:/b.yaml"]) == ["/p/a.yaml", "/b.yaml"])
    }
}
