import HomieModel
import Testing

@testable import HomieAPI

@Suite("Deprecation")
struct DeprecationTests {
    @Test func `an endpoint that will go says since when, until when, and what to use instead`() throws {
        let since = try #require(Timestamp(rfc3339: "2026-11-26T05:04:03Z"))
        let sunset = try #require(Timestamp(rfc3339: "1994-11-06T08:49:37Z"))
        let deprecation = Deprecation(since: since, sunset: sunset, link: "https://homie.example/changes")
        #expect(
            deprecation.fields == [
                "deprecation": "@1795669443", "sunset": "Sun, 06 Nov 1994 08:49:37 GMT",
                "link": "<https://homie.example/changes>; rel=\"deprecation\"",
            ]
        )
        var endpoint = Endpoint.of(.version)
        endpoint.deprecation = deprecation
        let document = OpenAPIDocument.rendered(version: "1", endpoints: [endpoint])
        #expect(document["paths"]?["/api/v1/version"]?["get"]?["deprecated"] == true)
        #expect(Endpoint.all.allSatisfy { $0.deprecation == nil })
    }

    @Test func `the document says what each operation needs`() {
        let document = OpenAPIDocument.rendered(version: "1")
        let apply = document["paths"]?["/api/v1/stacks/{stack}"]?["put"]
        #expect(apply?["x-homie-role"] == "admin" && apply?["x-homie-scope"] == "stacks:write")
        #expect(apply?["responses"]?["401"] != nil && apply?["responses"]?["429"] != nil)
        #expect(document["paths"]?["/healthz"]?["get"]?["security"] == [])
        #expect(document["security"]?.arrayValue?.count == 2)
    }
}
