import HomieModel
import Testing

@testable import HomieEngine

struct EngineFailureTests {
    @Test(arguments: [
        (
            500,
            "driver failed programming external connectivity on endpoint web (5d3): Bind for 0.0.0.0:8080 failed: port is already allocated",
            EngineFailure.portTaken(8080)
        ),
        (500, "Bind for :::443 failed: port is already allocated", .portTaken(443)),
        (
            500,
            "Error starting userland proxy: listen tcp4 127.0.0.1:53: bind: address already in use", .portTaken(53)
        ),
        (404, "No such image: sha256:0000", .noSuchImage),
        (500, "write /var/lib/docker/x: no space left on device", .noSpace),
        (
            400, "invalid mount config for type \"bind\": bind source path does not exist: /srv/a b",
            .mountPathMissing("/srv/a b")
        ),
        (
            409,
            "Conflict. The container name \"/web\" is already in use by container \"5d3\". You have to remove (or rename) that container",
            .nameTaken
        ),
        (404, "network back not found", .networkNotFound),
        (404, "No such container: web", .noSuchContainer),
        (403, "error while removing network: network x id 5 has active endpoints", .inUse),
        (409, "remove data: volume is in use - [5d3]", .inUse),
        (
            404,
            "pull access denied for secret, repository does not exist or may require 'docker login': denied",
            .registryRefused
        ),
        (404, "manifest for debian:nope not found: manifest unknown: manifest unknown", .noSuchImage),
        (
            500, "Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
            .registryUnreachable
        ),
        (
            400,
            "OCI runtime create failed: container_linux.go:380: exec: \"/nope\": stat /nope: no such file or directory",
            .commandNotFound
        ),
        (400, "client version 1.99 is too new. Maximum supported API version is 1.41", .unsupportedVersion),
        (200, "the --mount option requires BuildKit. Refer to https://docs.docker.com", .needsBuildKit),
        (500, "something else", .other),
    ])
    func `is told from the engine's words`(status: Int, message: String, failure: EngineFailure) {
        #expect(EngineFailure(message: message, status: status) == failure)
    }

    @Test func `an error reads as what, why and how to mend it`() {
        let error = EngineError.refused(
            action: "start container 'web'",
            answer: EngineAnswer(status: 500, message: "Bind for 0.0.0.0:80 failed: port is already allocated")
        )
        #expect(error.kind == .conflict)
        #expect(
            error.description
                == """
                cannot start container 'web': Bind for 0.0.0.0:80 failed: port is already allocated
                  hint: 'ss -ltnp sport = :80' and 'docker ps' show who has port 80
                """
        )
    }

    @Test func `kinds follow the status where the words say nothing`() {
        let kinds = [400, 403, 404, 409, 500, 503].map { EngineAnswer(status: $0, message: "?").kind }
        #expect(kinds == [.usage, .refused, .notFound, .conflict, .failed, .unreachable])
    }
}
