import HomieModel
import Testing

struct SystemVersionTests {
    @Test("versions are ordered as Semantic Versioning orders them")
    func order() throws {
        let texts = [
            "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
            "1.0.0",
            "1.0.1", "1.2", "1.10.0", "2026.11.24", "2026.11.24.1",
        ]
        let versions = try texts.map { try SystemVersion(parsing: $0) }
        for (index, low) in versions.enumerated() {
            #expect(!(low < low))
            for high in versions[(index + 1)...] {
                #expect(low < high, "\(low) < \(high)")
                #expect(!(high < low), "\(high) < \(low)")
            }
        }
    }

    @Test("missing numbers are zero, and builds do not count")
    func rank() throws {
        let short = try SystemVersion(parsing: "1.0")
        let long = try SystemVersion(parsing: "1.0.0+20261124")
        #expect(short == long)
        #expect(short.hashValue == long.hashValue)
        #expect(long.text == "1.0.0+20261124")
    }

    @Test(
        "text that is no version is refused",
        arguments: ["", "v1", "1..2", "1.", "1.2-", "1.2+", "1.2-a..b", "1.2.3.4.5.6.7", "-1", "99999999999999999999"]
    )
    func refuses(_ text: String) {
        #expect(throws: UpdateModelError.version(text)) { try SystemVersion(parsing: text) }
    }
}
