import Testing

@testable import HomieArchive

struct IgnoreListTests {
    @Test(arguments: [
        ("*.log", "a.log", true), ("*.log", "sub/a.log", false), ("**/*.log", "sub/deep/a.log", true),
        ("**/*.log", "a.log", true), ("sub", "sub/a", true), ("sub/", "sub/a", true), ("/sub", "sub/a/b", true),
        ("sub/*", "sub", false), ("sub/*", "sub/a/b", true), ("./sub", "sub/x", true), ("a/../b", "b", true),
        ("sub/**", "sub/a/b", true), ("sub/**", "sub", false), ("**", "any/thing", true), ("a/**/z", "a/z", true),
        ("a/**/z", "a/b/c/z", true), ("a/**/z", "a/bz", false), ("a?c", "abc", true), ("a?c", "a/c", false),
        ("[a-c].txt", "b.txt", true), ("[^a-c].txt", "b.txt", false), ("[^a-c].txt", "x.txt", true),
        ("\\*", "*", true), ("\\*", "a", false), ("# *", "a", false), ("  spaced  ", "spaced", true),
        ("a+b", "a+b", true), ("a+b", "aab", false), ("*\n!keep", "keep", false), ("*\n!keep", "other", true),
        ("*\n!keep/this", "keep/this", false), ("*\n!keep/this", "keep/that", true), ("!a\na", "a", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false), ("node_modules", "node_modules2", false),
        (".git", ".gitignore", false), ("\u{FEFF}a", "a", true), ("a\r\nb", "b", true), ("ü*", "über", true),
    ])
    func `leaves out what Docker leaves out`(text: String, path: String, isExcluded: Bool) throws {
        #expect(try IgnoreList(parsing: text).excludes(path) == isExcluded, "\(text) and \(path)")
    }

    @Test(arguments: ["!", "a[", "[z-a]", "a\\"])
    func `refuses patterns that are none`(text: String) {
        #expect(throws: ArchiveError.self) { try IgnoreList(parsing: text) }
    }

    @Test func `opens an excluded directory only for an exception that names it`() throws {
        let list = try IgnoreList(parsing: "*\n!keep/this/x\n!**/y")
        #expect(list.mayKeepInside("keep"))
        #expect(list.mayKeepInside("keep/this"))
        #expect(!list.mayKeepInside("other"))
    }
}
