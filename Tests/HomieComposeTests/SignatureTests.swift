import HomieModel
import Testing

@Suite struct SignatureRuleTests {
    private func rules(_ value: JSONValue?, _ labels: [String: String] = [:]) throws -> SignatureRules {
        try SignatureRules(homie: value.map { .object(["signature": $0]) }, labels: labels)
    }

    @Test func `a word, a block and a label say what is asked of a signature`() throws {
        #expect(try rules(nil).mode == .report)
        #expect(try rules(.string("required")).mode == .required)
        #expect(try rules(.bool(false)).mode == .off)
        #expect(try rules(.string("on")).mode == .report)
        #expect(try rules(nil, ["io.homie.signature": "required"]).mode == .required)
        let block = try rules(.object(["required": .bool(true), "key": .string("vendor")]))
        #expect(block.mode == .required && block.key == "vendor" && block.ownKey == nil)
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
        #expect(try rules(.object(["key": .string(pem)])).ownKey == pem)
    }

    @Test(arguments: [
        JSONValue.string("maybe"), .object(["keys": .string("vendor")]), .object(["key": .string("../vendor")]),
        .object(["key": .string(".vendor")]), .object(["required": .string("perhaps")]),
    ])
    func `what cannot be meant is refused with the key's place`(value: JSONValue) {
        let error = #expect(throws: HealthRuleError.self) { try rules(value) }
        #expect(error?.keys.prefix(2) == ["x-homie", "signature"])
    }
}
