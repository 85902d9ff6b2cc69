import HomieModel
import HomieSupervisor
import Testing

@testable import HomieNotify
@testable import HomieTransfer

@Suite("What receivers are sent")
struct LetterTests {
    @Test("the signature is the one of the specification's example")
    func signature() throws {
        let key = try WebhookKey(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let signature = WebhookSignature.sign(body, id: "msg_p5jXN8AQM9LWM0D4loKWxJek", second: 1_614_265_330, key: key)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("base64 goes there and back", arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64(text: String) {
        #expect(Base64.decode(Base64.encode(Array(text.utf8))) == Array(text.utf8))
        #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Base64.decode("Zm9v!") == nil)
    }

    @Test("header fields of mail hold any title, and only one line of it")
    func mail() {
        #expect(MailText.field("Critical: it is down\r\nBcc: x@y") == "Critical: it is downBcc: x@y")
        let word = MailText.field("Überlauf – „voll“ und noch einiges mehr, damit es nicht in ein Wort passt")
        #expect(word.split(separator: "\r\n ").count > 1)
        #expect(word.split(separator: "\r\n ").allSatisfy { $0.hasPrefix("=?utf-8?B?") && $0.utf8.count <= 75 })
        #expect(MailText.date(Timestamp(nanoseconds: 1_795_665_906_000_000_000)) == "Thu, 26 Nov 2026 04:05:06 +0000")
    }

    @Test(
        "addresses of this device, the local network and of metadata services are told apart, in both versions",
        arguments: [
            ("8.8.8.8", AddressPolicy.Reach.global), ("127.0.0.1", .local), ("10.1.2.3", .local),
            ("172.31.0.1", .local),
            ("172.32.0.1", .global), ("192.168.1.1", .local), ("100.64.0.1", .local), ("169.254.169.254", .never),
            ("0.0.0.0", .never), ("224.0.0.1", .never), ("255.255.255.255", .never),
        ]
    )
    func version4(text: String, reach: AddressPolicy.Reach) {
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        #expect(AddressPolicy.reach(v4: bytes) == reach)
        let zeros = [UInt8](repeating: 0, count: 10)
        #expect(AddressPolicy.reach(v6: zeros + [0xFF, 0xFF] + bytes) == reach)
        #expect(AddressPolicy.reach(v6: [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) + bytes) == reach)
        #expect(AddressPolicy.reach(v6: [0x20, 0x02] + bytes + zeros) == reach)
    }

    @Test(
        "an address that is not allowed is final; a name that leads to one is tried again",
        arguments: [
            ("http://192.168.1.4/hook", true), ("https://[fd00::1]:8443/", true), ("smtp://127.1:25", true),
            ("http://0x7f000001/", true), ("http://localhost:80/x", true), ("https://ntfy.example.org/topic", false),
            ("https://10.example.org/", false), ("smtps://mail.example.org:465", false),
        ]
    )
    func notAllowed(url: String, isFinal: Bool) throws {
        let route = AlertRoute(name: try AlertName(parsing: "phone"), kind: .ntfy, url: url)
        let reason = "its address is one of the local network or of this device, which this route does not allow"
        #expect(
            NotificationSender.outcome(.notAllowed, of: route)
                == (isFinal ? .impossible(reason) : .refused(reason, retryAfter: nil))
        )
    }

    @Test("special addresses of version 6")
    func version6() {
        func reach(_ head: [UInt8], _ tail: [UInt8] = []) -> AddressPolicy.Reach {
            AddressPolicy.reach(v6: head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail)
        }
        #expect(reach([], [1]) == .local)
        #expect(reach([]) == .never)
        #expect(reach([0xFE, 0x80], [1]) == .never)
        #expect(reach([0xFD, 0x12], [1]) == .local)
        #expect(reach([0xFF, 0x02], [1]) == .never)
        #expect(reach([0xFD, 0, 0x0E, 0xC2], [0x02, 0x54]) == .never)
        #expect(reach([0x2A, 0x00], [1]) == .global)
    }
}
