import Testing

@testable import homied

@Suite struct ResidentMemoryTests {
    @Test func `memory that is given back is missed by nothing that goes on`() throws {
        let words = (0..<50_000).map { "word \($0 % 977)" }
        let before = try #require(ResidentMemory.bytes())
        ResidentMemory.release()
        let after = try #require(ResidentMemory.bytes())
        // The code of all tests is in this process, and most of it rests.
        #expect(after < before)
        #expect(Set(words).count == 977 && words.sorted().first == "word 0")
    }
}
