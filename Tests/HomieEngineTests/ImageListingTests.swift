import Testing

@testable import HomieEngine

/// What may be cleared away of images that have no name.
@Suite struct ImageListingTests {
    private func image(_ id: String, tags: [String] = [], digests: [String] = []) -> ImageListing {
        ImageListing(Id: id, Size: 1, RepoTags: tags, RepoDigests: digests)
    }

    @Test func `what was pulled by its digest alone is left, what lost its tag to a newer one is not`() {
        let repositories = ImageListing.repositories([
            image("new", tags: ["nginx:1.27", "host:5000/own/app:2"], digests: ["nginx@sha256:2"]),
            image("none", tags: ["<none>:<none>"]),
        ])
        #expect(repositories == ["nginx", "host:5000/own/app"])
        #expect(image("pinned", digests: ["grafana/grafana@sha256:1"]).wasAskedFor(beside: repositories))
        #expect(!image("old", digests: ["nginx@sha256:1"]).wasAskedFor(beside: repositories))
        #expect(!image("app", digests: ["host:5000/own/app@sha256:1"]).wasAskedFor(beside: repositories))
        #expect(image("other", digests: ["host:5000/own@sha256:1"]).wasAskedFor(beside: repositories))
    }

    @Test func `what was built here and lost its name may go`() {
        #expect(!image("built").wasAskedFor(beside: []))
        #expect(!image("built", tags: ["<none>:<none>"], digests: ["<none>@<none>"]).wasAskedFor(beside: []))
    }
}
