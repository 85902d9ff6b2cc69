import HomieModel
import Testing

@Suite struct LoopbackCheckTests {
    @Test func `a GET over the loopback is recognised`() throws {
        let tests: [[String]] = [
            ["CMD", "curl", "-f", "http://localhost:8080/health"],
            ["CMD", "/usr/bin/curl", "-fsS", "-o", "/dev/null", "http://localhost:8080/health"],
            ["CMD-SHELL", "curl --fail --silent http://localhost:8080/health || exit 1"],
        ]
        for test in tests {
            let check = try #require(LoopbackCheck(test: test), "\(test)")
            #expect(check.port == 8080)
            #expect(check.question == .http(path: "/health", host: "localhost:8080", statuses: 200...399))
        }
        let wget = try #require(
            LoopbackCheck(test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/healthz"])
        )
        #expect(wget.port == 80)
        #expect(wget.question == .http(path: "/healthz", host: "127.0.0.1", statuses: 200...299))
        let bare = try #require(LoopbackCheck(test: ["CMD", "wget", "-qO-", "http://127.0.0.1:81"]))
        #expect(bare.question == .http(path: "/", host: "127.0.0.1:81", statuses: 200...299))
        #expect(LoopbackCheck(test: ["CMD", "nc", "-z", "127.0.0.1", "5432"])?.question == .tcp)
    }

    @Test(
        arguments: [
            ["NONE"], ["CMD"], ["CMD", "true"], ["CMD", "pg_isready"],
            // Without -f every answer is a success.
            ["CMD", "curl", "http://localhost/"], ["CMD", "curl", "-f", "-L", "http://localhost/"],
            ["CMD", "curl", "-fk", "https://localhost/"], ["CMD", "curl", "-f", "http://db/"],
            ["CMD", "curl", "-f", "http://localhost/", "http://localhost/b"],
            ["CMD", "curl", "-f", "-H", "Accept: x", "http://localhost/"],
            ["CMD", "curl", "-f", "http://user@localhost/"], ["CMD", "curl", "-f", "http://localhost:0/"],
            ["CMD", "curl", "-f", "http://localhost/#x"], ["CMD", "curl", "-f", "http://localhost:99999/"],
            // It asks with HEAD, and of `localhost` it tries the first address alone.
            ["CMD", "wget", "--spider", "http://127.0.0.1/"], ["CMD", "wget", "-q", "http://localhost/"],
            ["CMD", "nc", "-z", "localhost", "80"], ["CMD", "nc", "127.0.0.1", "80"],
            ["CMD-SHELL", "curl -f http://localhost/ | grep ok"],
            ["CMD-SHELL", "curl -f http://localhost/$P || exit 1"],
            ["CMD-SHELL", "curl -f http://localhost/ || true"], ["CMD-SHELL", "curl -f http://localhost/ || exit 0"],
            ["CMD-SHELL", "curl -f http://localhost/; true"], ["CMD-SHELL", "curl -f http://localhost/ && rm x"],
            ["CMD-SHELL", "curl -f 'http://localhost/'"],
        ]
    )
    func `what may mean anything else is left to the command`(test: [String]) {
        #expect(LoopbackCheck(test: test) == nil)
    }

    @Test func `a container with a proxy is asked by its own command`() {
        let test = ["CMD", "curl", "-f", "http://localhost/"]
        #expect(LoopbackCheck(test: test, environment: ["PATH", "http_proxy"]) == nil)
        #expect(LoopbackCheck(test: test, environment: ["ALL_PROXY"]) == nil)
        #expect(LoopbackCheck(test: test, environment: ["PATH"]) != nil)
    }
}
