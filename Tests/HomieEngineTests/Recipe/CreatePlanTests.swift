import FoundationEssentials
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieEngine

struct CreatePlanTests {
    private static let old = APIVersion(major: 1, minor: 41)

    private func recipe(_ change: (inout ServiceDefinition) throws -> Void = { _ in }) throws -> ContainerRecipe {
        var definition = ServiceDefinition()
        definition.networks = ["default": NetworkAttachment()]
        try change(&definition)
        return ContainerRecipe(
            name: "shop-web-1",
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            index: 1,
            definition: definition,
            imageID: "sha256:1",
            labels: ["l": "1"],
            networks: [
                "default": NetworkDefinition(name: "shop_default"), "back": NetworkDefinition(name: "shop_back"),
            ],
            volumes: ["data": VolumeDefinition(name: "shop_data")]
        )
    }

    private func plan(_ recipe: ContainerRecipe, version: APIVersion = old) throws -> CreatePlan {
        try CreatePlan(recipe, version: version, readFile: FileReader { path in Array("{\"of\":\"\(path)\"}".utf8) })
    }

    private func json(_ recipe: ContainerRecipe, version: APIVersion = old) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(plan(recipe, version: version).request), as: UTF8.self)
    }

    @Test func `the plainest service asks for little`() throws {
        #expect(
            try json(recipe()) == """
                {"HostConfig":{"NetworkMode":"shop_default","RestartPolicy":{"Name":"no"}},"Image":"sha256:1",\
                "Labels":{"l":"1"},"NetworkingConfig":{"EndpointsConfig":{"shop_default":{"Aliases":["web"]}}}}
                """
        )
    }

    @Test func `what runs and how it lives`() throws {
        let recipe = try recipe {
            $0.command = ["run", "it"]
            $0.entrypoint = []
            $0.environment = ["B": "2", "A": "1=1"]
            $0.hostname = "h"
            $0.user = "1:2"
            $0.hasTTY = true
            $0.runsInit = true
            $0.stopSignal = "SIGINT"
            $0.stopGracePeriod = .milliseconds(1500)
            var check = HealthcheckDefinition()
            check.test = ["CMD", "true"]
            check.interval = .seconds(5)
            check.startInterval = .seconds(1)
            check.retries = 3
            $0.healthcheck = check
            $0.restart = .always
            $0.networks = [:]
            $0.networkMode = .plain("host")
        }
        #expect(
            try json(recipe) == """
                {"Cmd":["run","it"],"Entrypoint":[""],"Env":["A=1=1","B=2"],"Healthcheck":{"Interval":5000000000,\
                "Retries":3,"Test":["CMD","true"]},"HostConfig":{"Init":true,"NetworkMode":"host",\
                "RestartPolicy":{"Name":"no"}},"Hostname":"h","Image":"sha256:1","Labels":{"l":"1"},\
                "StopSignal":"SIGINT","StopTimeout":2,"Tty":true,"User":"1:2"}
                """
        )
        #expect(try plan(recipe, version: .newest).request.Healthcheck?.StartInterval == 1_000_000_000)
    }

    @Test func `ports are published and exposed, ranges too`() throws {
        let request = try plan(
            recipe {
                $0.ports = [
                    PortMapping(target: 80, published: "8080", hostAddress: "127.0.0.1"),
                    PortMapping(target: 80, published: "8000-8010"), PortMapping(target: 53, transport: "udp"),
                ]
                $0.exposedPorts = ["3000", "4000-4002/udp"]
            }
        ).request
        #expect(
            request.HostConfig.PortBindings == [
                "80/tcp": [.init(HostIp: "127.0.0.1", HostPort: "8080"), .init(HostIp: "", HostPort: "8000-8010")],
                "53/udp": [.init(HostIp: "", HostPort: "")],
            ]
        )
        #expect(
            Set((request.ExposedPorts ?? [:]).keys)
                == ["80/tcp", "53/udp", "3000/tcp", "4000/udp", "4001/udp", "4002/udp"]
        )
    }

    @Test func `mounts of every kind`() throws {
        var recipe = try recipe {
            var bind = MountDefinition(kind: .bind, source: "/srv/x", target: "/x")
            bind.isReadOnly = true
            bind.bindSELinux = "Z"
            var strict = MountDefinition(kind: .bind, source: "/srv/y", target: "/y")
            strict.bindCreatesHostPath = false
            strict.bindPropagation = "rslave"
            var colon = MountDefinition(kind: .bind, source: "/srv/a:b", target: "/z")
            colon.isReadOnly = false
            var named = MountDefinition(kind: .volume, source: "data", target: "/data")
            named.volumeNoCopy = true
            var memory = MountDefinition(kind: .tmpfs, target: "/tmp")
            memory.tmpfsSize = ByteCount(bytes: 4096)
            $0.mounts = [bind, strict, colon, named, MountDefinition(kind: .volume, target: "/anon/"), memory]
            $0.tmpfs = ["/run", "/cache:size=1m,mode=1777"]
        }
        recipe.anonymousVolumes = ["/anon": "v1", "/of/image": "v2", "/data": "stale"]
        let host = try plan(recipe).request.HostConfig
        #expect(host.Binds == ["/srv/x:/x:ro,Z"])
        #expect(host.Tmpfs == ["/run": "", "/cache": "size=1m,mode=1777"])
        #expect(
            host.Mounts == [
                .init(Type: "bind", Source: "/srv/y", Target: "/y", BindOptions: .init(Propagation: "rslave")),
                .init(Type: "bind", Source: "/srv/a:b", Target: "/z", ReadOnly: false),
                .init(Type: "volume", Source: "shop_data", Target: "/data", VolumeOptions: .init(NoCopy: true)),
                .init(Type: "volume", Source: "v1", Target: "/anon/"),
                .init(Type: "tmpfs", Target: "/tmp", TmpfsOptions: .init(SizeBytes: 4096)),
                .init(Type: "volume", Source: "v2", Target: "/of/image"),
            ]
        )
        let newer = try plan(recipe, version: .newest).request.HostConfig.Mounts
        #expect(newer?[1].BindOptions?.CreateMountpoint == true)
    }

    @Test func `old engines join one network at creation, new ones all`() throws {
        let recipe = try recipe {
            var back = NetworkAttachment()
            back.priority = 10
            back.aliases = ["db", "web"]
            back.ipv4Address = "10.0.0.5"
            $0.networks["back"] = back
            $0.macAddress = "02:42:00:00:00:01"
            $0.links = ["cache", "store:kv"]
            $0.externalLinks = ["other"]
        }
        let backSettings = EndpointSettings(
            IPAMConfig: .init(IPv4Address: "10.0.0.5"),
            Links: ["store:kv", "other:other"],
            Aliases: ["web", "db"]
        )
        let defaultSettings = EndpointSettings(Links: ["store:kv", "other:other"], Aliases: ["web"])
        let old = try plan(recipe)
        #expect(old.request.HostConfig.NetworkMode == "shop_back")
        #expect(old.request.NetworkingConfig?.EndpointsConfig == ["shop_back": backSettings])
        #expect(old.request.MacAddress == "02:42:00:00:00:01")
        #expect(old.furtherNetworks == [.init(network: "shop_default", settings: defaultSettings)])
        #expect(old.hasFollowUp)
        let new = try plan(recipe, version: .newest)
        var first = backSettings
        first.MacAddress = "02:42:00:00:00:01"
        #expect(
            new.request.NetworkingConfig?.EndpointsConfig == ["shop_back": first, "shop_default": defaultSettings]
        )
        #expect(new.request.MacAddress == nil)
        #expect(!new.hasFollowUp)
    }

    @Test func `limits, devices and security`() throws {
        let host = try plan(
            recipe {
                $0.resources.nanoCPUs = 1_500_000_000
                $0.resources.memory = ByteCount(bytes: 1 << 20)
                $0.resources.memorySwap = ByteCount(bytes: -1)
                $0.resources.pids = 50
                $0.resources.blockIO = ["device_read_bps": [["path": "/dev/sda", "rate": "12mb"]]]
                $0.ulimits = [Ulimit(name: "nofile", soft: 1, hard: -1)]
                $0.sysctls = ["net.core.somaxconn": "1024"]
                $0.devices = [
                    DeviceMapping(source: "/dev/dri", target: "/dev/dri"),
                    DeviceMapping(source: "vendor.com/gpu=all", target: "vendor.com/gpu=all"),
                ]
                var gpu = DeviceRequest(capabilities: ["gpu"])
                gpu.driver = "nvidia"
                $0.deviceRequests = [gpu]
                $0.securityOptions = [
                    "no-new-privileges:true", "seccomp:/etc/p.json", "apparmor=unconfined", "systempaths=unconfined",
                    "seccomp=unconfined", "no-new-privileges",
                ]
                $0.extraHosts = ["a:1.2.3.4", "b:host-gateway", "c:[::1]", "d=5.6.7.8", "e:fe80::1"]
                $0.logging = LoggingDefinition(driver: "json-file", options: ["max-size": "10m"])
            }
        ).request.HostConfig
        #expect(host.NanoCpus == 1_500_000_000)
        #expect(host.Memory == 1 << 20)
        #expect(host.MemorySwap == -1)
        #expect(host.PidsLimit == 50)
        #expect(host.BlkioDeviceReadBps == [.init(Path: "/dev/sda", Rate: 12 << 20)])
        #expect(host.Ulimits == [.init(Name: "nofile", Soft: 1, Hard: -1)])
        #expect(host.Sysctls == ["net.core.somaxconn": "1024"])
        #expect(
            host.Devices == [.init(PathOnHost: "/dev/dri", PathInContainer: "/dev/dri", CgroupPermissions: "rwm")]
        )
        #expect(
            host.DeviceRequests == [
                .init(Driver: "nvidia", Count: -1, Capabilities: [["gpu"]]),
                .init(Driver: "cdi", DeviceIDs: ["vendor.com/gpu=all"]),
            ]
        )
        #expect(
            host.SecurityOpt == [
                "no-new-privileges=true", "seccomp={\"of\":\"/etc/p.json\"}", "apparmor=unconfined",
                "seccomp=unconfined", "no-new-privileges",
            ]
        )
        #expect(host.MaskedPaths == [] && host.ReadonlyPaths == [])
        #expect(host.ExtraHosts == ["a:1.2.3.4", "b:host-gateway", "c:::1", "d:5.6.7.8", "e:fe80::1"])
        #expect(host.LogConfig == .init(Type: "json-file", Config: ["max-size": "10m"]))
    }

    @Test func `configs and secrets: files are mounted, inline ones written, external ones refused`() throws {
        var recipe = try recipe {
            $0.configs = [
                FileGrant(source: "conf", target: "/etc/conf"), FileGrant(source: "text", target: "/etc/text"),
            ]
            $0.secrets = [FileGrant(source: "key", target: "/run/secrets/key")]
        }
        recipe.configs = ["conf": .file("/srv/conf"), "text": .content("hi")]
        recipe.secrets = ["key": .environment(name: "KEY", value: "v")]
        let plan = try plan(recipe)
        #expect(
            plan.request.HostConfig.Mounts == [
                .init(Type: "bind", Source: "/srv/conf", Target: "/etc/conf", ReadOnly: true)
            ]
        )
        #expect(
            plan.inlineFiles == [
                InlineFile(path: "/etc/text", content: Array("hi".utf8), mode: 0o444, uid: 0, gid: 0),
                InlineFile(path: "/run/secrets/key", content: Array("v".utf8), mode: 0o444, uid: 0, gid: 0),
            ]
        )
        recipe.secrets = ["key": .external("key")]
        #expect(throws: EngineError.self) { try self.plan(recipe) }
        recipe.secrets = [:]
        #expect(throws: EngineError.self) { try self.plan(recipe) }
        recipe.definition.secrets = nil
        recipe.definition.isReadOnly = true
        #expect {
            try self.plan(recipe)
        } throws: { error in
            guard case EngineError.readOnlyRoot(file: "/etc/text", container: "shop-web-1") = error else {
                return false
            }
            return true
        }
    }

    @Test func `namespaces and volumes of others need their containers`() throws {
        let vpn = try ServiceName(parsing: "vpn")
        var recipe = try recipe {
            $0.networks = [:]
            $0.networkMode = .service(vpn)
            $0.pid = .container("abc")
            $0.ipc = .plain("shareable")
            $0.volumesFrom = ["vpn:ro", "container:x:ro", "data"]
        }
        #expect(throws: EngineError.self) { try plan(recipe) }
        recipe.namespaceContainers = [vpn: "c1"]
        let host = try plan(recipe).request.HostConfig
        #expect(host.NetworkMode == "container:c1")
        #expect(host.PidMode == "container:abc")
        #expect(host.IpcMode == "shareable")
        #expect(host.VolumesFrom == ["c1:ro", "x:ro", "shop-data-1"])
    }

    @Test(arguments: [("12mb", 12 << 20), ("1.5g", 3 << 29), ("300", 300), ("4 kb", 4096), ("7b", 7)])
    func `byte values have binary units`(text: String, bytes: Int64) throws {
        #expect(try HostConfiguration.bytes(text) == bytes)
    }

    @Test(arguments: ["", "mb", "1x", "-1", "1e999g"])
    func `what is no byte value is refused`(text: String) {
        #expect(throws: EngineError.self) { try HostConfiguration.bytes(text) }
    }

    @Test func `the longest grace there is can be asked for, and none is shorter than nothing`() throws {
        #expect(try plan(recipe { $0.stopGracePeriod = .milliseconds(.max) }).request.StopTimeout == 9_223_372_037)
        #expect(try plan(recipe { $0.stopGracePeriod = .milliseconds(-5000) }).request.StopTimeout == 0)
        #expect(try plan(recipe { $0.resources.cpuPercent = .infinity }).request.HostConfig.CpuPercent == .max)
    }
}
