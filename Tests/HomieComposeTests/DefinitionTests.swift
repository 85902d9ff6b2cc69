import HomieCompose
import HomieModel
import Testing

@Suite("Definitions")
struct DefinitionTests {
    private func definition(_ text: String, environment: [String: String] = [:]) throws -> StackDefinition {
        try load(["compose.yaml": text], environment: environment) { $0.resolvesPaths = true }.definition()
    }

    private func service(_ text: String) throws -> ServiceDefinition {
        let stack = try definition(
            "services:\n  s:\n    image: i\n" + text.split(separator: "\n").map { "    \($0)\n" }.joined()
        )
        return try #require(stack.services[try ServiceName(parsing: "s")])
    }

    @Test("carry what a typical service says")
    func typicalService() throws {
        let service = try service(
            """
            command: run --fast "two words"
            environment: {A: 1, UNSET: }
            restart: on-failure:3
            ports: ["127.0.0.1:8080:80", "53:53/udp"]
            volumes: ["./data:/data:ro", {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0700}}]
            healthcheck: {test: curl x, interval: 1m30s, retries: 5}
            cpus: 0.1
            mem_limit: 512m
            memswap_limit: -1
            extra_hosts: ["h=1.2.3.4"]
            ulimits: {nofile: {soft: 1, hard: -1}}
            labels: [a=b]
            x-homie: {canary: true}
            cost: $$5
            """.replacing("\ncost: $$5", with: "\nhostname: h$$5")
        )
        #expect(service.command == ["run", "--fast", "two words"])
        #expect(service.environment == ["A": "1"])
        #expect(service.restart == .onFailure(maximumRetries: 3))
        #expect(service.ports.map(\.target) == [80, 53])
        #expect(service.ports.first?.hostAddress == "127.0.0.1" && service.ports.first?.published == "8080")
        #expect(service.ports.last?.transport == "udp")
        #expect(service.mounts.first?.source == "/p/data" && service.mounts.first?.isReadOnly == true)
        #expect(service.mounts.last?.tmpfsMode == 0o700)
        #expect(service.healthcheck?.test == ["CMD-SHELL", "curl x"])
        #expect(service.healthcheck?.interval == .seconds(90))
        #expect(service.resources.nanoCPUs == 100_000_000)
        #expect(service.resources.memory == ByteCount(bytes: 512 << 20))
        #expect(service.resources.memorySwap == ByteCount(bytes: -1))
        #expect(service.extraHosts == ["h:1.2.3.4"])
        #expect(service.ulimits == [Ulimit(name: "nofile", soft: 1, hard: -1)])
        #expect(service.homie == ["canary": true])
        #expect(service.hostname == "h$5")
    }

    @Test("carry the hooks of a container's life")
    func hooks() throws {
        let service = try service(
            """
            post_start:
              - {command: ./warm "two words", user: root, privileged: true, working_dir: /w, environment: [A=1]}
              - command: [b]
            pre_stop: [{command: c}]
            """
        )
        #expect(service.postStart?.map(\.command) == [["./warm", "two words"], ["b"]])
        let first = service.postStart?.first
        #expect(first?.user == "root" && first?.isPrivileged == true)
        #expect(first?.workingDirectory == "/w" && first?.environment == ["A": "1"])
        #expect(service.preStop?.map(\.command) == [["c"]])
        #expect(throws: ComposeErrors.self) { try self.service("post_start: [{user: root}]") }
    }

    @Test("say what of a build only BuildKit can do, and what is for watching")
    func leftAside() throws {
        let project = try load(
            """
            services:
              s:
                build: {context: ., additional_contexts: {base: ./b}, ssh: [default], cache_to: [type=local]}
                develop: {watch: [{path: ., action: rebuild}]}
            """
        )
        let sentences = project.warnings.map(\.sentence)
        for text in ["build.additional_contexts: needs", "build.ssh: needs", "cache_to: is for", "develop: is for"] {
            #expect(sentences.contains { $0.contains(text) }, "\(text)")
        }
        let stack = try definition("services: {s: {build: {context: ., ssh: [default]}}}")
        #expect(stack.services.values.first?.build?.buildKitKeys == ["ssh"])
        #expect(try definition("services: {s: {build: .}}").services.values.first?.build?.buildKitKeys == nil)
    }

    @Test("carry deploy's limits, replicas, restart policy and devices")
    func deploy() throws {
        let service = try service(
            """
            deploy:
              replicas: 2
              update_config: {order: start-first}
              restart_policy: {condition: on-failure, max_attempts: 4}
              resources:
                limits: {cpus: "1.5", memory: 1g, pids: 7}
                reservations: {memory: 1m, devices: [{driver: nvidia, count: all, capabilities: [gpu]}]}
            """
        )
        #expect(service.replicas == 2)
        #expect(service.restart == .onFailure(maximumRetries: 4))
        #expect(service.resources.nanoCPUs == 1_500_000_000 && service.resources.pids == 7)
        #expect(service.resources.memoryReservation == ByteCount(bytes: 1 << 20))
        #expect(service.deviceRequests?.first?.count == -1)
        #expect(service.deploy == ["update_config": ["order": "start-first"]])
    }

    @Test("carry dependencies, modes that share a service's namespace, and GPUs")
    func relations() throws {
        let stack = try definition(
            """
            services:
              vpn: {image: v}
              web: {image: w, network_mode: "service:vpn", pid: host, ipc: "container:c", gpus: all,
                    depends_on: {db: {condition: service_healthy, restart: true}}}
              db: {image: d}
            """
        )
        let web = try #require(stack.services[try ServiceName(parsing: "web")])
        #expect(web.networkMode == .service(try ServiceName(parsing: "vpn")))
        #expect(web.pid == .plain("host") && web.ipc == .container("c"))
        #expect(web.networks.isEmpty)
        #expect(web.dependsOn[try ServiceName(parsing: "db")] == Dependency(condition: .healthy, restarts: true))
        #expect(web.dependsOn[try ServiceName(parsing: "vpn")] == Dependency(condition: .started, restarts: true))
        #expect(web.deviceRequests?.first?.capabilities == ["gpu"])
        #expect(stack.networks["default"]?.name == "t_default")
    }

    @Test("carry configs, secrets and volumes with their sources")
    func resources() throws {
        let stack = try definition(
            """
            services:
              s: {image: i, configs: [c, {source: f, target: etc/f, mode: 0440}], secrets: [s, {source: e, target: x}],
                  volumes: ["vol:/v", "ext:/x"]}
            configs: {c: {content: "a$$b"}, f: {file: ./f}}
            secrets: {s: {environment: TOKEN}, e: {external: true, name: outside}}
            volumes: {vol: , ext: {external: true}}
            """,
            environment: ["TOKEN": "se$cret"]
        )
        let service = try #require(stack.services.values.first)
        #expect(service.configs?.map(\.target) == ["/c", "/etc/f"])
        #expect(service.configs?.last?.mode == 0o440)
        #expect(service.secrets?.map(\.target) == ["/run/secrets/s", "/run/secrets/x"])
        #expect(stack.configs == ["c": .content("a$b"), "f": .file("/p/f")])
        #expect(stack.secrets == ["s": .environment(name: "TOKEN", value: "se$cret"), "e": .external("outside")])
        #expect(stack.volumes["vol"]?.name == "t_vol" && stack.volumes["ext"]?.isExternal == true)
    }

    @Test(
        "refuse what no engine can do, with the key path",
        arguments: [
            ("restart: sometimes", "services.s.restart"),
            ("volumes: [{type: foo, source: a, target: /b}]", "services.s.volumes[0]"),
            ("volumes: ['/a:b/c']", "services.s.volumes[0]"),
            ("ports: [{target: 80, published: abc}]", "services.s.ports[0]"),
            ("ports: [{target: 80, protocol: http}]", "services.s.ports[0]"),
            ("deploy: {restart_policy: {condition: maybe}}", "services.s.deploy.restart_policy.condition"),
        ]
    )
    func refuses(_ line: String, _ path: String) throws {
        let error = #expect(throws: ComposeErrors.self) { try service(line) }
        #expect(error?.issues.first?.keyPath == path)
    }

    @Test("a secret whose variable is not set is refused")
    func unsetSecret() throws {
        let error = #expect(throws: ComposeErrors.self) {
            try definition("services: {s: {image: i, secrets: [x]}}\nsecrets: {x: {environment: NOPE}}\n")
        }
        #expect(error?.issues.first?.keyPath == "secrets.x")
    }
}
