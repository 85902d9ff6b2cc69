import HomieModel
import HomiePlanning
import Testing

@Suite struct ImageUpdatePlannerTests {
    private func settings(_ block: [String: JSONValue]) throws -> ImageUpdateSettings {
        var service = ServiceDefinition()
        service.image = "web:1"
        service.homie = .object(["update": .object(block)])
        return try UpdateReader(service: try ServiceName(parsing: "web"), definition: service).settings().images
    }

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func check(_ digest: String, seen: String?, isNewer: Bool = true) throws -> ImageCheck {
        ImageCheck(
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            reference: "web:1",
            digest: digest,
            isNewer: isNewer,
            firstSeen: try seen.map(time),
            checkedAt: try time("2026-11-26T00:00:00Z")
        )
    }

    private func decision(
        _ block: [String: JSONValue],
        before: ImageCheck? = nil,
        _ now: ImageCheck,
        at text: String,
        isHeld: Bool = false,
        hasFailed: Bool = false
    ) throws -> ImageUpdatePlanner.Decision {
        ImageUpdatePlanner.decision(
            before: before,
            now: now,
            settings: try settings(block),
            isHeld: isHeld,
            hasFailed: hasFailed,
            at: try time(text),
            offset: .seconds(3600)
        )
    }

    @Test func `without a word people are told of a newer image, once, and nothing is deployed`() throws {
        let new = try check("b", seen: "2026-11-01T00:00:00Z")
        #expect(try decision([:], new, at: "2026-11-26T12:00:00Z") == .announce)
        #expect(try decision([:], before: new, new, at: "2026-11-26T12:00:00Z") == .nothing)
        let newer = try check("c", seen: "2026-11-26T12:00:00Z")
        #expect(try decision([:], before: new, newer, at: "2026-11-26T12:00:00Z") == .announce)
        let same = try check("a", seen: "2026-11-01T00:00:00Z", isNewer: false)
        #expect(try decision(["images": "auto"], same, at: "2026-11-26T12:00:00Z") == .nothing)
    }

    @Test func `an image that failed is not deployed again, and one that could not be fetched is once a day`() throws {
        var tried = try check("b", seen: "2026-11-01T00:00:00Z")
        tried.attempted = "b"
        tried.attemptedAt = try time("2026-11-26T12:00:00Z")
        let auto: [String: JSONValue] = ["images": "auto"]
        #expect(try decision(auto, before: tried, tried, at: "2026-11-28T12:00:00Z", hasFailed: true) == .nothing)
        #expect(try decision(auto, before: tried, tried, at: "2026-11-27T11:59:59Z") == .nothing)
        #expect(try decision(auto, before: tried, tried, at: "2026-11-27T12:00:00Z") == .deploy)
        tried.digest = "c"
        #expect(try decision(auto, before: tried, tried, at: "2026-11-26T13:00:00Z", hasFailed: true) == .deploy)
    }

    @Test func `auto waits until the image has been there for a day, or as long as the file says`() throws {
        let new = try check("b", seen: "2026-11-26T12:00:00Z")
        #expect(try decision(["images": "auto"], new, at: "2026-11-26T13:00:00Z") == .announce)
        #expect(try decision(["images": "auto"], before: new, new, at: "2026-11-27T11:59:59Z") == .nothing)
        #expect(try decision(["images": "auto"], before: new, new, at: "2026-11-27T12:00:00Z") == .deploy)
        let quick: [String: JSONValue] = ["images": "auto", "settle": "10m"]
        #expect(try decision(quick, before: new, new, at: "2026-11-26T12:10:00Z") == .deploy)
        // One that is pushed again meanwhile begins anew.
        let noted = ImageUpdatePlanner.noted(
            new,
            digest: "sha256:c",
            local: ["web@sha256:a"],
            now: try time("2026-11-27T11:00:00Z")
        )
        #expect(noted.isNewer)
        #expect(try decision(["images": "auto"], before: new, noted, at: "2026-11-27T12:00:00Z") == .announce)
        #expect(try decision(["images": "auto"], before: noted, noted, at: "2026-11-28T11:00:00Z") == .deploy)
    }

    @Test func `auto keeps to the window, in local time, and to whoever holds updates off`() throws {
        let new = try check("b", seen: "2026-11-01T00:00:00Z")
        let block: [String: JSONValue] = ["images": "auto", "window": "sun 03:00-05:00"]
        // A Sunday, an hour ahead of UTC.
        #expect(try decision(block, before: new, new, at: "2026-11-29T01:59:00Z") == .nothing)
        #expect(try decision(block, before: new, new, at: "2026-11-29T02:00:00Z") == .deploy)
        #expect(try decision(block, before: new, new, at: "2026-11-29T04:00:00Z") == .nothing)
        #expect(try decision(block, before: new, new, at: "2026-11-28T02:30:00Z") == .nothing)
        #expect(try decision(block, before: new, new, at: "2026-11-29T02:00:00Z", isHeld: true) == .nothing)
    }

    @Test func `a registry is asked for what may move: not for what is off, built here, pinned or never pulled`() throws
    {
        var service = ServiceDefinition()
        service.image = "web:1"
        func reference(_ block: [String: JSONValue] = [:]) throws -> String? {
            ImageUpdatePlanner.reference(of: service, try settings(block))
        }
        #expect(try reference() == "web:1")
        #expect(try reference(["images": "off"]) == nil)
        #expect(try reference(["images": false]) == nil)
        service.pullPolicy = .never
        #expect(try reference() == nil)
        service.pullPolicy = .missing
        service.image = "web@sha256:ab"
        #expect(try reference() == nil)
        service.image = "web:1"
        service.build = BuildDefinition(context: "/srv")
        #expect(try reference() == nil)
    }

    @Test func `a registry is asked again after the interval, for another name at once, and whatever the clock did`()
        throws
    {
        let known = try check("a", seen: nil, isNewer: false)
        func isDue(_ reference: String, at text: String) throws -> Bool {
            ImageUpdatePlanner.isDue(known, reference: reference, now: try time(text), interval: .seconds(3600))
        }
        #expect(try !isDue("web:1", at: "2026-11-26T00:59:59Z"))
        #expect(try isDue("web:1", at: "2026-11-26T01:00:00Z"))
        #expect(try isDue("web:2", at: "2026-11-26T00:00:01Z"))
        #expect(try isDue("web:1", at: "2026-11-25T23:00:00Z"))
    }
}
