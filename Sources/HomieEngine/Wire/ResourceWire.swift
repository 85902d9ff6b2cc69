// Members are called as in the Engine API.

/// `GET /networks/{id}` and an element of `GET /networks`, as far as it is read.
struct NetworkInspection: Decodable, Sendable {
    struct Addressing: Decodable, Sendable {
        struct Pool: Decodable, Sendable {
            var Subnet: String?
        }

        var Config: [Pool]?
    }

    var Name: String
    var Id: String
    var Driver: String?
    var Internal: Bool?
    var EnableIPv6: Bool?
    var IPAM: Addressing?
    var Labels: [String: String]?
}

/// The body of `POST /networks/create`.
struct NetworkCreateRequest: Encodable, Sendable, Hashable {
    struct Addressing: Encodable, Sendable, Hashable {
        struct Pool: Encodable, Sendable, Hashable {
            var Subnet: String?
            var IPRange: String?
            var Gateway: String?
            var AuxiliaryAddresses: [String: String]?
        }

        var Driver: String?
        var Config: [Pool]?
        var Options: [String: String]?
    }

    var Name: String
    var CheckDuplicate = true
    var Driver: String?
    var Internal: Bool?
    var Attachable: Bool?
    var EnableIPv6: Bool?
    var IPAM: Addressing?
    var Options: [String: String]?
    var Labels: [String: String]
}

/// `GET /volumes/{name}`, as far as it is read.
struct VolumeInspection: Decodable, Sendable {
    var Name: String
    var Driver: String?
    var Labels: [String: String]?
}

/// `GET /volumes`.
struct VolumeListing: Decodable, Sendable {
    var Volumes: [VolumeInspection]?
}

/// The body of `POST /volumes/create`.
struct VolumeCreateRequest: Encodable, Sendable, Hashable {
    var Name: String
    var Driver: String?
    var DriverOpts: [String: String]?
    var Labels: [String: String]
}

/// `GET /images/{name}/json`, as far as it is read.
struct ImageInspection: Decodable, Sendable {
    struct Config: Decodable, Sendable {
        struct Healthcheck: Decodable, Sendable {
            var Test: [String]?
        }

        var Healthcheck: Healthcheck?
    }

    var Id: String
    var RepoDigests: [String]?
    var Config: Config?
}

/// `GET /info`, as far as it is read.
struct InfoAnswer: Decodable, Sendable {
    var ServerVersion: String?
    var Driver: String?
    var DockerRootDir: String?
}

/// A line of the answer to `POST /images/create` and `POST /build`.
struct ProgressMessage: Decodable, Sendable {
    struct Detail: Decodable, Sendable {
        var current: Int64?
        var total: Int64?
    }

    struct Failure: Decodable, Sendable {
        var message: String?
    }

    struct Aux: Decodable, Sendable {
        var ID: String?
    }

    var id: String?
    var status: String?
    var stream: String?
    var progressDetail: Detail?
    var error: String?
    var errorDetail: Failure?
    var aux: Aux?
}
