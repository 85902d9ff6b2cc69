import Testing

@testable import HomieEngine

struct ImageReferenceTests {
    @Test(arguments: [
        ("debian", "debian", "latest", "docker.io"), ("debian:12", "debian", "12", "docker.io"),
        ("library/debian", "library/debian", "latest", "docker.io"),
        ("ghcr.io/a/b:1.2", "ghcr.io/a/b", "1.2", "ghcr.io"),
        ("localhost/a", "localhost/a", "latest", "localhost"),
        ("host:5000/a", "host:5000/a", "latest", "host:5000"), ("host:5000/a:x", "host:5000/a", "x", "host:5000"),
        ("a/b@sha256:00ff", "a/b", "sha256:00ff", "docker.io"), ("a:1@sha256:00ff", "a", "sha256:00ff", "docker.io"),
    ])
    func `is taken apart`(text: String, name: String, pulled: String, registry: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.name == name)
        #expect(reference.pulledTag == pulled)
        #expect(reference.registry == registry)
    }

    @Test(arguments: ["", ":1", "a:", "a b", "a@", "ä"])
    func `what is none is refused`(text: String) {
        #expect(throws: EngineError.self) { try ImageReference(parsing: text) }
    }
}
