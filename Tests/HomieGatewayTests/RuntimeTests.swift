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
