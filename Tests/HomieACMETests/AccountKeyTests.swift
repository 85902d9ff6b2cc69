import Crypto
import FoundationEssentials
import HomieModel
import SwiftASN1
import Testing
import X509

@testable import HomieACME

@Suite struct AccountKeyTests {
    private func bytes(_ text: String) throws -> Data {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return try #require(Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)))
    }

    @Test func `a request is signed as RFC 8555 says, with the key shown only while there is no account`() throws {
        let key = AccountKey()
        let signer = try P256.Signing.PrivateKey(pemRepresentation: key.pem).publicKey
        for account in [nil, "https://ca/acct/1"] {
            for payload in [JSONValue?.none, .some(["a": 1])] {
                let body = try key.sign(payload, url: "https://ca/order", nonce: "n1", account: account)
                let request = try JSONDecoder().decode([String: String].self, from: Data(body))
                let header = try JSONDecoder().decode(JSONValue.self, from: bytes(request["protected"] ?? ""))
                #expect(header["alg"] == "ES256" && header["nonce"] == "n1" && header["url"] == "https://ca/order")
                #expect(header["kid"]?.stringValue == account && (header["jwk"] == nil) == (account != nil))
                let content = payload.map { _ in Data(#"{"a":1}"#.utf8) } ?? Data()
                #expect(try request["payload"].map(bytes) == content)
                let signature = try P256.Signing.ECDSASignature(rawRepresentation: bytes(request["signature"] ?? ""))
                let signed = Data("\(request["protected"] ?? "").\(request["payload"] ?? "")".utf8)
                #expect(signer.isValidSignature(signature, for: signed))
            }
        }
    }

    @Test func `a key that was kept is the same key; one that was damaged is refused`() throws {
        let key = AccountKey()
        let again = try AccountKey(pem: key.pem)
        #expect(again.thumbprint == key.thumbprint && key.thumbprint.count == 43)
        #expect(again.authorization(of: "token") == "token.\(key.thumbprint)")
        #expect(again.record(of: "token").count == 43)
        #expect(throws: ACMEError.self) { try AccountKey(pem: "nonsense") }
    }

    @Test func `the request for a certificate names the host, and is signed by the key beside it`() throws {
        let host = try HostPattern(parsing: "*.example.org")
        let made = try SigningRequest(for: host)
        let request = try CertificateSigningRequest(derEncoded: made.request)
        let key = try Certificate.PrivateKey(pemEncoded: made.key)
        #expect(request.publicKey == key.publicKey && key.publicKey.isValidSignature(request.signature, for: request))
        let names = try request.attributes.extensionRequest?.extensions.subjectAlternativeNames
        #expect(names.map(Array.init) == [.dnsName("*.example.org")])
    }
}
