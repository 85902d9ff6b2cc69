import Testing

@testable import homie_cli

@Suite("Paths as text")
struct PathTextTests {
    @Test("relative paths start at a directory, dots go")
    func absolute() {
        #expect(PathText.absolute("a/./b/../c", from: "/srv") == "/srv/a/c")
        #expect(PathText.absolute("/x//y/", from: "/srv") == "/x/y")
        #expect(PathText.absolute("../..", from: "/srv") == "/")
    }

    @Test("the directory of a path is everything before its last slash")
    func directory() {
        #expect(PathText.directory(of: "/srv/shop/compose.yaml") == "/srv/shop")
        #expect(PathText.directory(of: "/compose.yaml") == "/")
    }

    @Test("lists are split by separators of any length")
    func split() {
        #expect(PathText.split("a:b::c", by: ":") == ["a", "b", "c"])
        #expect(PathText.split("a--b", by: "--") == ["a", "b"])
        #expect(PathText.split("", by: ":").isEmpty)
    }
}
