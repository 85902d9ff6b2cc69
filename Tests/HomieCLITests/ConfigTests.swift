import FoundationEssentials
import HomieModel
import Testing

@testable import homie_cli

@Suite("homie config")
struct ConfigTests {
    @Test("prints the project as JSON, without a daemon")
    func document() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", Samples.compose)
        let run = await CommandRun("config", directory: directory.path)
        #expect(run.code == 0)
        let document = try JSONDecoder().decode(JSONValue.self, from: Data(run.output.utf8))
        #expect(document["name"] == "shop")
        #expect(document["services"]?["web"]?["image"] == "nginx:1")
    }

    @Test("reads standard input and many files")
    func standardInput() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("more.yaml", "services:\n  cache:\n    image: redis:7\n")
        let run = await CommandRun(
            "config",
            "-f",
            "-",
            "-f",
            "more.yaml",
            "--services",
            directory: directory.path,
            input: ScriptedInput(content: Samples.compose)
        )
        #expect(run.output == "cache\ndb\nweb\n")
    }

    @Test("lists images, volumes and profiles")
    func lists() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "compose.yaml",
            """
            name: shop
            services:
              web: {build: ., volumes: ["data:/d"]}
              tool: {image: "tool:1", profiles: [extra]}
            volumes: {data: {}}
            """
        )
        #expect(await CommandRun("config", "--images", directory: directory.path).output == "shop-web\n")
        #expect(await CommandRun("config", "--volumes", directory: directory.path).output == "data\n")
        #expect(await CommandRun("config", "--profiles", directory: directory.path).output == "extra\n")
        #expect(await CommandRun("config", "--services", directory: directory.path).output == "web\n")
        let all = await CommandRun("config", "--services", "--profile", "extra", directory: directory.path)
        #expect(all.output == "tool\nweb\n")
        let json = await CommandRun("config", "--services", "--json", directory: directory.path)
        #expect(json.output == "[\n  \"web\"\n]\n")
    }

    @Test("variables come from .env, the environment and --env-file")
    func variables() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", "name: shop\nservices:\n  web:\n    image: web:${TAG}\n")
        try directory.write(".env", "TAG=dot\n")
        try directory.write("other.env", "TAG=other\n")
        #expect(await CommandRun("config", "--images", directory: directory.path).output == "web:dot\n")
        let other = await CommandRun("config", "--images", "--env-file", "other.env", directory: directory.path)
        #expect(other.output == "web:other\n")
        let environment = ["TAG": "env"]
        let own = await CommandRun("config", "--images", environment: environment, directory: directory.path)
        #expect(own.output == "web:env\n")
        let raw = await CommandRun("config", "--images", "--no-interpolate", directory: directory.path)
        #expect(raw.output == "web:${TAG}\n")
    }

    @Test("the files may be named in .env, too")
    func composeFile() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("site.yaml", Samples.compose)
        try directory.write(".env", "COMPOSE_FILE=site.yaml\nCOMPOSE_PROJECT_NAME=other\n")
        let run = await CommandRun("config", directory: directory.path)
        #expect(run.code == 0)
        #expect(run.output.contains("\"name\": \"other\""))
    }

    @Test("an error names file, line and key, and is a usage error")
    func errors() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", "services:\n  web:\n    image: nginx\n    imgae: x\n")
        let run = await CommandRun("config", "-q", directory: directory.path)
        #expect(run.code == 2)
        #expect(run.errors.contains("compose.yaml:4"))
        #expect(run.errors.contains("imgae"))
    }

    @Test("no project is 'not found'")
    func none() async throws {
        let directory = try TemporaryDirectory()
        #expect(await CommandRun("config", directory: directory.path).code == 3)
    }

    @Test("warnings go to standard error")
    func warnings() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", "services:\n  web:\n    image: web:${MISSING}\n")
        let run = await CommandRun("config", "-q", directory: directory.path)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("warning: "))
        #expect(run.errors.contains("MISSING"))
    }
}
