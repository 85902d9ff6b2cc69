import HomieModel
import Testing

@testable import HomieAccess

@Suite("Secrets")
struct SecretTests {
    @Test func `an API token says what it is, and a typing error is seen without a look at the database`() throws {
        let token = TokenText(.api, from: .system)
        #expect(token.text.hasPrefix("hom_") && token.text.utf8.count == 4 + 8 + 1 + 32 + 1 + 6)
        #expect(TokenText(.api, parsing: token.text) == token)
        #expect(TokenText(.refresh, parsing: token.text) == nil)
        var bytes = Array(token.text.utf8)
        for index in bytes.indices {
            let old = bytes[index]
            bytes[index] = old == 0x41 ? 0x42 : 0x41
            #expect(TokenText(.api, parsing: String(decoding: bytes, as: UTF8.self)) == nil)
            bytes[index] = old
        }
        for text in ["", "hom", "hom___", "hom_a_b_c", token.text + "x", "\(token.text)_", "hom_\u{e9}"] {
            #expect(TokenText(.api, parsing: text) == nil)
        }
    }

    @Test func `the checksum is that of zip and PNG`() {
        #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926)
        #expect(Base62.text(0, width: 6) == "000000" && Base62.text(.max, width: 6) == "4gfFC3")
    }

    @Test func `random letters are spread evenly`() {
        var counts: [Character: Int] = [:]
        for letter in Randomness.system.base62(62_000) { counts[letter, default: 0] += 1 }
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { (800...1200).contains($0) })
    }

    @Test(
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)]
    )
    func `codes are those of RFC 6238, appendix B`(second: Int64, code: String) {
        let timeCode = TimeCode(secret: Array("12345678901234567890".utf8))
        #expect(timeCode.code(step: second / TimeCode.period, digits: 8) == code)
    }

    @Test func `a code counts once, and for a minute and a half`() throws {
        let timeCode = TimeCode(from: .system)
        let now = Timestamp(nanoseconds: 1_800_000_015 * 1_000_000_000)
        let step = TimeCode.step(at: now)
        #expect(timeCode.step(of: timeCode.code(step: step), at: now, after: nil) == step)
        #expect(timeCode.step(of: timeCode.code(step: step - 1), at: now, after: nil) == step - 1)
        #expect(timeCode.step(of: timeCode.code(step: step + 1), at: now, after: nil) == step + 1)
        #expect(timeCode.step(of: timeCode.code(step: step - 2), at: now, after: nil) == nil)
        #expect(timeCode.step(of: timeCode.code(step: step), at: now, after: step) == nil)
        #expect(timeCode.step(of: "", at: now, after: nil) == nil)
        #expect(Base32.text(Array("foobar".utf8)) == "MZXW6YTBOI" && Base32.text(Array("f".utf8)) == "MY")
        let address = timeCode.address(user: try UserName(parsing: "ann@home"), issuer: "Homie")
        #expect(address.hasPrefix("otpauth://totp/Homie:ann%40home?secret=\(timeCode.base32)&issuer=Homie"))
    }

    @Test func `a password's hash accepts it alone, and no two are alike`() throws {
        let cost = PasswordHash.Cost(rounds: 16, parallelism: 1)
        let hash = try PasswordHash(of: "correct horse battery", cost: cost, from: .system)
        #expect(try hash.accepts("correct horse battery"))
        for wrong in ["", "correct horse batterx", "Correct horse battery", String(repeating: "x", count: 300)] {
            #expect(try !hash.accepts(wrong))
        }
        #expect(try PasswordHash(of: "correct horse battery", cost: cost, from: .system) != hash)
        for weak in ["short", "aaaaaaaaaaaa", String(repeating: "long password ", count: 30)] {
            #expect(throws: AccessError.self) { try PasswordHash(of: weak, cost: cost, from: .system) }
        }
    }

    @Test func `what is sealed opens for its purpose alone`() throws {
        let seal = Seal(key: Randomness.system.bytes(32))
        let closed = try seal.close([1, 2, 3], for: "totp ann")
        #expect(try seal.open(closed, for: "totp ann") == [1, 2, 3])
        #expect(throws: (any Error).self) { try seal.open(closed, for: "totp bob") }
        #expect(throws: (any Error).self) { try Seal(key: Randomness.system.bytes(32)).open(closed, for: "totp ann") }
    }
}
