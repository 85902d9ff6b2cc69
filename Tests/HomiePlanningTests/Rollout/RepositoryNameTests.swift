import HomiePlanning
import Testing

@Suite struct RepositoryNameTests {
    @Test(arguments: [
        ("nginx", "nginx"), ("nginx:1.27", "nginx"), ("docker.io/library/nginx:1.27@sha256:ab", "nginx"),
        ("index.docker.io/shop/web", "shop/web"), ("localhost:5000/web:2", "localhost:5000/web"),
        ("localhost:5000/web", "localhost:5000/web"), ("ghcr.io/library/x@sha256:ab", "ghcr.io/library/x"),
    ])
    func `names of one repository are equal, however they are written`(reference: String, name: String) {
        #expect(RepositoryName(of: reference).text == name)
    }
}
