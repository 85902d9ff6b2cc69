import HomieModel
import Testing

@testable import HomieGateway

@Suite struct RuntimeTests {
    @Test("servers are read by the names of the columns")
    func servers() {
        let state = """
            1
            # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port
            4 shop:web:1 1 one 172.20.0.2 2 0 100 80
            4 shop:web:1 2 two fd00::2 0 1 50 8080
            4 shop:web:1 3 three 172.20.0.4 2 8 0 80
            """
        let connections = """
            # bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est safe_nb idle_lim idle_cur
            shop:web:1/one 4/1 172.20.0.2 80 - 5000 3 4 1 0 -1 7
            """
        let servers = RuntimeAnswers.servers(state: state, connections: connections)["shop:web:1"] ?? []
        #expect(servers.map(\.name) == ["one", "two", "three"])
        #expect(servers.map(\.isInMaintenance) == [false, true, false])
        #expect(servers.map(\.isDraining) == [false, false, true])
        #expect(servers.map(\.isUp) == [true, false, true])
        #expect(servers.map(\.weight) == [100, 50, 0])
        #expect(servers.map(\.port) == [80, 8080, 80])
        #expect(servers.map(\.usedConnections) == [3, 0, 0])
        #expect(servers.map(\.idleConnections) == [7, 0, 0])
    }

    @Test("a map's entries are key and value; refusals are none")
    func map() {
        #expect(
            RuntimeAnswers.map("0x55 web.homie.local/ 0|-|shop:web:1\n0x56 */web/ 1|-|shop:web:1")
                == [
                    .init(key: "web.homie.local/", value: "0|-|shop:web:1"),
                    .init(key: "*/web/", value: "1|-|shop:web:1"),
                ]
        )
        #expect(RuntimeAnswers.map("Unknown map identifier. Please use #<id> or <file>.").isEmpty)
    }

    @Test func `streams are found by the session they belong to, and workers of before a reload by their numbers`() {
        let table = """
            # table: streams, type: string, size:16384, used:4
            0x5581: key=Sess1234:17 use=1 exp=0 shard=0
            0x5582: key=Sess1234:9 use=0 exp=812 shard=0
            0x5583: key=Other:x:18 use=2 exp=0
            0x5584: key=lost use=1 exp=0
            """
        #expect(RuntimeAnswers.openStreams(table) == ["Sess1234": ["17"], "Other:x": ["18"]])
        #expect(RuntimeAnswers.openStreams("No such table").isEmpty)
        let streams = """
            0x7f10: [26/Nov/2026:13:00:00.000001] id=17 proto=tcpv4 source=127.0.0.1:40000
              flags=0x404a, conn_retries=0, conn_exp=<NEVER> conn_et=0x000
              frontend=gateway (id=2 mode=http), listener=? (id=1) addr=127.0.0.1:80
            0x7f20: [26/Nov/2026:13:00:01.000001] id=21 proto=unix_stream source=unix:1
            """
        #expect(RuntimeAnswers.streams(streams) == ["17": "0x7f10", "21": "0x7f20"])
        let processes = """
            #<PID>          <type>          <reloads>       <uptime>        <version>
            1162            master          5               0d00h02m07s     2.6.12
            # workers
            1271            worker          0               0d00h00m00s     2.6.12
            # old workers
            1233            worker          3               0d00h00m43s     2.6.12
            1234            worker          2               0d00h01m43s     2.6.12
            # programs

            """
        #expect(RuntimeAnswers.oldWorkers(processes) == ["1233", "1234"])
        #expect(RuntimeAnswers.oldWorkers("# workers\n1271 worker 0").isEmpty)
        #expect(RuntimeCommand.shutStream(pointer: "0x1").isDone("No such session (use 'show sess')."))
    }

    @Test("counters are those of servers, not of backends")
    func statistics() {
        let text = """
            # pxname,svname,scur,status,type,hrsp_5xx,req_tot,rtime
            shop:web:1,one,2,UP,2,5,100,12
            shop:web:1,BACKEND,2,UP,1,5,100,12
            """
        let all = RuntimeAnswers.stat(text).compactMap { ServerStatistics($0) }
        #expect(all.map(\.server) == ["one"])
        #expect(all.first?.serverErrors == 5)
        #expect(all.first?.responseTime == .milliseconds(12))
    }

    @Test("commands are single lines but for what is sent along, which ends with a blank one")
    func commands() {
        let paths = GatewayPaths(directory: "/g")
        let line = ServerLine(
            RouteEndpoint(name: "one", address: "fd00::2", port: 80),
            of: GatewayRoute(port: 80),
            paths: paths
        )
        #expect(RuntimeCommand.addServer(backend: "b", line).text.hasPrefix("add server b/one [fd00::2]:80 check "))
        #expect(RuntimeCommand.setCertificate(path: "/c", pem: "A\n\nB\n").text == "set ssl cert /c <<\nA\nB\n\n")
        #expect(RuntimeCommand.setCertificate(path: "/c", pem: "A").name == "set ssl cert /c <<")
        #expect(!RuntimeCommand.setWeight(backend: "b", server: "s", 1).isDone("No such server."))
    }
}
