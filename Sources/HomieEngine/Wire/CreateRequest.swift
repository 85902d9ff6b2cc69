// Members are called as in the Engine API.

/// The body of `POST /containers/create`.
struct CreateRequest: Encodable, Sendable, Hashable {
    var Hostname: String?
    var Domainname: String?
    var User: String?
    var Tty: Bool?
    var OpenStdin: Bool?
    var Env: [String]?
    var Cmd: [String]?
    var Entrypoint: [String]?
    var Healthcheck: HealthConfig?
    var Image: String
    var WorkingDir: String?
    var MacAddress: String?
    var Labels: [String: String]
    var StopSignal: String?
    /// Seconds.
    var StopTimeout: Int64?
    var ExposedPorts: [String: Empty]?
    var HostConfig: HostConfiguration
    var NetworkingConfig: NetworkingConfiguration?

    struct Empty: Encodable, Sendable, Hashable {}

    struct HealthConfig: Encodable, Sendable, Hashable {
        var Test: [String]?
        /// Nanoseconds, like the other times here.
        var Interval: Int64?
        var Timeout: Int64?
        var StartPeriod: Int64?
        var StartInterval: Int64?
        var Retries: Int?
    }

    struct NetworkingConfiguration: Encodable, Sendable, Hashable {
        var EndpointsConfig: [String: EndpointSettings]
    }
}

/// How a container is attached to a network.
struct EndpointSettings: Encodable, Sendable, Hashable {
    struct IPAM: Encodable, Sendable, Hashable {
        var IPv4Address: String?
        var IPv6Address: String?
        var LinkLocalIPs: [String]?
    }

    var IPAMConfig: IPAM?
    var Links: [String]?
    var Aliases: [String]?
    var MacAddress: String?
    var DriverOpts: [String: String]?
}

/// The body of `POST /networks/{id}/connect`.
struct ConnectRequest: Encodable, Sendable, Hashable {
    var Container: String
    var EndpointConfig: EndpointSettings
}

/// `HostConfig` of `POST /containers/create`.
struct HostConfiguration: Encodable, Sendable, Hashable {
    struct PortBinding: Encodable, Sendable, Hashable {
        var HostIp: String
        var HostPort: String
    }

    struct Policy: Encodable, Sendable, Hashable {
        var Name: String
    }

    struct Device: Encodable, Sendable, Hashable {
        var PathOnHost: String
        var PathInContainer: String
        var CgroupPermissions: String
    }

    struct DeviceAsk: Encodable, Sendable, Hashable {
        var Driver: String?
        var Count: Int?
        var DeviceIDs: [String]?
        var Capabilities: [[String]]?
        var Options: [String: String]?
    }

    struct Limit: Encodable, Sendable, Hashable {
        var Name: String
        var Soft: Int64
        var Hard: Int64
    }

    struct Log: Encodable, Sendable, Hashable {
        var `Type`: String
        var Config: [String: String]
    }

    struct WeightDevice: Encodable, Sendable, Hashable {
        var Path: String
        var Weight: Int64
    }

    struct ThrottleDevice: Encodable, Sendable, Hashable {
        var Path: String
        var Rate: Int64
    }

    struct Mount: Encodable, Sendable, Hashable {
        struct Bind: Encodable, Sendable, Hashable {
            var Propagation: String?
            var CreateMountpoint: Bool?
        }

        struct Volume: Encodable, Sendable, Hashable {
            var NoCopy: Bool?
            var Subpath: String?
        }

        struct Tmpfs: Encodable, Sendable, Hashable {
            var SizeBytes: Int64?
            var Mode: UInt32?
        }

        var `Type`: String
        var Source: String?
        var Target: String
        var ReadOnly: Bool?
        var Consistency: String?
        var BindOptions: Bind?
        var VolumeOptions: Volume?
        var TmpfsOptions: Tmpfs?
    }

    var Binds: [String]?
    var Mounts: [Mount]?
    var Tmpfs: [String: String]?
    var VolumesFrom: [String]?
    var NetworkMode: String?
    var PortBindings: [String: [PortBinding]]?
    var RestartPolicy: Policy
    var LogConfig: Log?
    var CapAdd: [String]?
    var CapDrop: [String]?
    var CgroupnsMode: String?
    var CgroupParent: String?
    var Dns: [String]?
    var DnsOptions: [String]?
    var DnsSearch: [String]?
    var ExtraHosts: [String]?
    var GroupAdd: [String]?
    var IpcMode: String?
    var PidMode: String?
    var UTSMode: String?
    var UsernsMode: String?
    var Privileged: Bool?
    var ReadonlyRootfs: Bool?
    var SecurityOpt: [String]?
    var MaskedPaths: [String]?
    var ReadonlyPaths: [String]?
    var StorageOpt: [String: String]?
    var ShmSize: Int64?
    var Sysctls: [String: String]?
    var Runtime: String?
    var Init: Bool?
    var Annotations: [String: String]?
    var Links: [String]?
    var OomScoreAdj: Int?
    var Devices: [Device]?
    var DeviceCgroupRules: [String]?
    var DeviceRequests: [DeviceAsk]?
    var Ulimits: [Limit]?
    var NanoCpus: Int64?
    var CpuShares: Int64?
    var CpuPeriod: Int64?
    var CpuQuota: Int64?
    var CpuRealtimePeriod: Int64?
    var CpuRealtimeRuntime: Int64?
    var CpusetCpus: String?
    var CpuCount: Int64?
    var CpuPercent: Int64?
    var Memory: Int64?
    var MemoryReservation: Int64?
    var MemorySwap: Int64?
    var MemorySwappiness: Int64?
    var PidsLimit: Int64?
    var OomKillDisable: Bool?
    var BlkioWeight: UInt16?
    var BlkioWeightDevice: [WeightDevice]?
    var BlkioDeviceReadBps: [ThrottleDevice]?
    var BlkioDeviceReadIOps: [ThrottleDevice]?
    var BlkioDeviceWriteBps: [ThrottleDevice]?
    var BlkioDeviceWriteIOps: [ThrottleDevice]?
}
