import Testing

@testable import HomieSupervisor

@Suite struct HostAddressTests {
    @Test func `addresses are compared as the engine writes them`() {
        #expect(HostAddress.canonical("2001:DB8:0::1") == "2001:db8::1")
        #expect(HostAddress.canonical("[0:0:0:0:0:0:0:1]") == "::1")
        #expect(HostAddress.canonical("192.168.1.7") == "192.168.1.7")
    }
}
