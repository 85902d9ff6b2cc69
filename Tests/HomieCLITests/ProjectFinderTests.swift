import ArgumentParser
import Testing

@testable import homie_cli

@Suite("Finding a project")
struct ProjectFinderTests {
    private func find(
        _ files: Set<String>,
        from directory: String = "/srv/shop",
        environment: [String: String] = [:],
        _ arguments: String...
    ) throws -> ProjectFiles {
        let command = try #require(try Homie.parseAsRoot(["up"] + arguments) as? Up)
        return try ProjectFinder(environment: environment, workingDirectory: directory) { files.contains($0) }
            .find(command.project)
    }

    @Test("compose.yaml is preferred, and another one is warned of")
    func names() throws {
        let found = try find(["/srv/shop/docker-compose.yml", "/srv/shop/compose.yaml"])
        #expect(found.files == ["/srv/shop/compose.yaml"])
        #expect(found.directory == "/srv/shop")
        #expect(found.warnings.count == 1)
        #expect(try find(["/srv/shop/docker-compose.yaml"]).files == ["/srv/shop/docker-compose.yaml"])
    }

    @Test("the nearest directory above is looked in")
    func parents() throws {
        let found = try find(["/srv/compose.yml", "/compose.yaml"], from: "/srv/shop/deep/er")
        #expect(found.files == ["/srv/compose.yml"])
        #expect(found.directory == "/srv")
    }

    @Test("an override is laid over the file")
    func override() throws {
        let files: Set = ["/srv/shop/compose.yaml", "/srv/shop/compose.override.yaml"]
        #expect(try find(files).files == ["/srv/shop/compose.yaml", "/srv/shop/compose.override.yaml"])
    }

    @Test("files that are named are taken as they are, without overrides")
    func named() throws {
        let files: Set = ["/srv/shop/compose.yaml", "/srv/shop/compose.override.yaml"]
        let found = try find(files, "-f", "../a/x.yaml", "-f", "y.yaml")
        #expect(found.files == ["/srv/a/x.yaml", "/srv/shop/y.yaml"])
        #expect(found.directory == "/srv/a")
    }

    @Test("standard input has the present directory")
    func standardInput() throws {
        let found = try find([], "-f", "-")
        #expect(found == ProjectFiles(files: ["-"], directory: "/srv/shop"))
    }

    @Test("COMPOSE_FILE names files, split as COMPOSE_PATH_SEPARATOR says")
    func environment() throws {
        #expect(try find([], environment: ["COMPOSE_FILE": "a.yaml:/b.yaml"]).files == ["/srv/shop/a.yaml", "/b.yaml"])
        let other = ["COMPOSE_FILE": "a.yaml,b.yaml", "COMPOSE_PATH_SEPARATOR": ","]
        #expect(try find([], environment: other).files == ["/srv/shop/a.yaml", "/srv/shop/b.yaml"])
        #expect(try find([], environment: other, "-f", "c.yaml").files == ["/srv/shop/c.yaml"])
    }

    @Test("the project's directory can be given")
    func directory() throws {
        let found = try find(["/srv/other/compose.yaml"], "--project-directory", "../other")
        #expect(found.files == ["/srv/other/compose.yaml"])
        #expect(found.directory == "/srv/other")
    }

    @Test("no file is an error that says where was looked")
    func none() {
        #expect(throws: CommandError.noProjectFile(directory: "/srv/shop")) { try find([]) }
    }
}
