import HomieModel
import Testing

@testable import HomieEngine

@Suite struct SocketReaderTests {
    @Test func `listening ports and connections are counted, those of the loopback are not`() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1 0 100 0 0 10 0
               1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 2 1 0 100 0 0 10 0
               2: 030014AC:0050 010014AC:A1B2 01 00000000:00000000 00:00000000 00000000   999        0 3 1 0 20 4 30 10 -1
               3: 030014AC:0050 010014AC:A1B3 06 00000000:00000000 03:00000010 00000000     0        0 0 3 0
               5: 030014AC:0050 010014AC:A1B5 08 00000000:00000000 00:00000000 00000000   999        0 5 1 0 20 4 30 10 -1
               4: 0100007F:0050 0100007F:A1B4 01 00000000:00000000 00:00000000 00000000   999        0 4 1 0 20 4 30 10 -1
            """
        var use = PortUse()
        SocketReader.note(table, "tcp", in: &use)
        let port = PortKey(port: 80, transport: "tcp")
        #expect(use.listening == [port])
        // One has ended on the other side alone, and waits for its answer.
        #expect(use.connections == [port: 2])
        var all = PortUse()
        SocketReader.note(table, "tcp", withLoopback: true, in: &all)
        #expect(all.connections == [port: 3])
    }

    @Test func `a bound UDP socket counts as listening, and IPv6 as IPv4`() {
        let udp = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:0
            """
        let tcp = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0
               1: 0000000000000000FFFF0000030014AC:0050 0000000000000000FFFF0000010014AC:A1B2 01 00000000:00000000 00:0
               2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:A1B2 01 00000000:00000000 00:0
            """
        var use = PortUse()
        SocketReader.note(udp, "udp", in: &use)
        SocketReader.note(tcp, "tcp", in: &use)
        #expect(use.listening == [PortKey(port: 53, transport: "udp"), PortKey(port: 80, transport: "tcp")])
        #expect(use.connections == [PortKey(port: 80, transport: "tcp"): 1])
    }
}
