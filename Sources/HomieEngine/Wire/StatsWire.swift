// Members are called as in the Engine API.

/// `GET /containers/{id}/stats`, as far as it is read.
struct StatsAnswer: Decodable, Sendable {
    struct CPU: Decodable, Sendable {
        struct Usage: Decodable, Sendable {
            /// Nanoseconds.
            var total_usage: UInt64
        }

        var cpu_usage: Usage?
        var online_cpus: Int?
    }

    struct Memory: Decodable, Sendable {
        var usage: UInt64?
        var limit: UInt64?
        var stats: [String: UInt64]?
    }

    struct Processes: Decodable, Sendable {
        var current: Int?
    }

    struct Network: Decodable, Sendable {
        var rx_bytes: UInt64
        var tx_bytes: UInt64
    }

    struct Block: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            var op: String
            var value: UInt64
        }

        var io_service_bytes_recursive: [Entry]?
    }

    var read: String
    var cpu_stats: CPU?
    var memory_stats: Memory?
    var pids_stats: Processes?
    var networks: [String: Network]?
    var blkio_stats: Block?
}
