import FoundationEssentials
import Glibc
import HomieModel
import Testing

@testable import HomieEngine

@Suite("Asking a server in a check's place")
struct ServerProberTests {
    /// A socket that listens at an address of this host; nobody accepts, which the kernel does not mind.
    private final class Listener {
        let descriptor: Int32
        let port: UInt16

        init(_ address: UInt32) throws {
            let own = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = address.bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isListening = withUnsafeMutableBytes(of: &name) { bytes in
                guard let place = bytes.bindMemory(to: sockaddr.self).baseAddress else { return false }
                return bind(own, place, size) == 0 && listen(own, 8) == 0 && getsockname(own, place, &size) == 0
            }
            descriptor = own
            port = UInt16(bigEndian: name.sin_port)
            try #require(isListening)
        }

        deinit { close(descriptor) }
    }

    private func passes(_ port: UInt16) async throws -> Bool {
        let check = try #require(LoopbackCheck(test: ["CMD", "nc", "-z", "127.0.0.1", "\(port)"]))
        return await ServerProber().passes(
            check,
            process: Int(getpid()),
            address: "127.0.0.1",
            timeout: .seconds(20)
        )
    }

    @Test("one that listens on all addresses is heard")
    func everywhere() async throws {
        let listener = try Listener(0)
        #expect(try await passes(listener.port))
    }

    @Test("one that listens on one address may not be heard over the loopback")
    func oneAddress() async throws {
        let listener = try Listener(0x7F00_0001)
        #expect(try await passes(listener.port) == false)
    }

    @Test("nobody listens, or the process cannot be looked at")
    func nobody() async throws {
        #expect(try await passes(1) == false)
        #expect(ListeningSockets.isOnAllAddresses(80, ofNetworkOf: -1) == false)
    }

    @Test("the kernel's table is read")
    func table() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
               1: 0100007F:0050 0100007F:A3C2 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 0 10 -1
               2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
            """
        #expect(ListeningSockets.addresses(of: 80, in: text) == ["00000000"])
        #expect(ListeningSockets.addresses(of: 8080, in: text) == ["0100007F"])
        #expect(ListeningSockets.addresses(of: 81, in: text) == [])
    }

    @Test(
        "the status is in the first line",
        arguments: [
            ("HTTP/1.1 204 No Content\r\n", 204), ("HTTP/1.0 200\r\n", 200), ("HTTP/1.1 200 O", nil),
            ("SSH-2.0-x\r\n", 0), ("HTTP/1.1 abc\r\n", 0),
        ] as [(String, Int?)]
    )
    func status(text: String, expected: Int?) {
        #expect(ServerProber.status(in: Array(text.utf8)) == expected)
    }
}
