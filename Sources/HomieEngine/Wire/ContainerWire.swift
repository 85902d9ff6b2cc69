// Members are called as in the Engine API.

/// An element of `GET /containers/json`.
struct ContainerListing: Decodable, Sendable {
    var Id: String
    /// With a slash before each.
    var Names: [String]?
    var ImageID: String?
    /// In seconds since 1970.
    var Created: Int64?
    var Labels: [String: String]?
    var State: String?
    /// For people: `Up 2 hours (healthy)`, `Exited (1) 3 minutes ago`.
    var Status: String?
    var HostConfig: ContainerInspection.HostConfig?
    var Mounts: [ContainerInspection.Mount]?
    var NetworkSettings: ContainerInspection.NetworkSettings?
}

/// `GET /containers/{id}/json`, as far as it is read.
struct ContainerInspection: Decodable, Sendable {
    struct State: Decodable, Sendable {
        struct Health: Decodable, Sendable {
            var Status: String?
        }

        var Status: String
        var ExitCode: Int?
        var OOMKilled: Bool?
        var Error: String?
        var StartedAt: String?
        var FinishedAt: String?
        var Health: Health?
        var Pid: Int?
    }

    struct Config: Decodable, Sendable {
        var Labels: [String: String]?
        var Tty: Bool?
        /// Each as `NAME=value`.
        var Env: [String]?
    }

    struct HostConfig: Decodable, Sendable {
        struct Policy: Decodable, Sendable {
            var Name: String?
        }

        var NetworkMode: String?
        var RestartPolicy: Policy?
    }

    struct Mount: Decodable, Sendable {
        var `Type`: String?
        var Name: String?
        var Destination: String
    }

    struct NetworkSettings: Decodable, Sendable {
        struct Endpoint: Decodable, Sendable {
            var IPAddress: String?
            var GlobalIPv6Address: String?
        }

        struct Binding: Decodable, Sendable {
            var HostIp: String?
            var HostPort: String?
        }

        var Networks: [String: Endpoint]?
        /// By `80/tcp`; null for a port that is exposed and not published.
        var Ports: [String: [Binding]?]?
    }

    var Id: String
    var Name: String
    var Image: String
    var Created: String
    var State: State
    var Config: Config
    var HostConfig: HostConfig?
    var Mounts: [Mount]?
    var NetworkSettings: NetworkSettings?
}

/// The answer to `POST /containers/create` and `POST /containers/{id}/exec`.
struct CreatedAnswer: Decodable, Sendable {
    var Id: String
}

/// The body of `POST /containers/{id}/exec`.
struct ExecRequest: Encodable, Sendable {
    var AttachStdout = true
    var AttachStderr = true
    var Tty = false
    var Cmd: [String]
    var Env: [String]?
    var User: String?
    var Privileged: Bool?
    var WorkingDir: String?
}

/// The answer to `POST /containers/{id}/wait`.
struct WaitAnswer: Decodable, Sendable {
    var StatusCode: Int
}

/// The body of `POST /exec/{id}/start`.
struct ExecStart: Encodable, Sendable {
    var Detach = false
    var Tty = false
}

/// `GET /exec/{id}/json`, as far as it is read.
struct ExecInspection: Decodable, Sendable {
    var ExitCode: Int?
    var Running: Bool
}

/// A line of `GET /events`.
struct EventMessage: Decodable, Sendable {
    struct Actor: Decodable, Sendable {
        var ID: String
        var Attributes: [String: String]?
    }

    var `Type`: String?
    var Action: String
    var Actor: Actor
    var timeNano: Int64?
    var time: Int64?
}
