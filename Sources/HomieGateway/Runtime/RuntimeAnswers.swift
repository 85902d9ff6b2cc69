/// A server as the running process has it.
struct RunningServer: Sendable, Hashable {
    var name: String
    var address: String
    var port: UInt16
    var weight: Int
    /// Takes no requests at all (`maint`); a server just added is so, too.
    var isInMaintenance: Bool
    /// Finishes what it has (`drain`).
    var isDraining: Bool
    /// Operational: its checks pass, or it has none.
    var isUp: Bool
    /// Connections that serve a client now.
    var usedConnections: Int
    /// Connections kept for the next request.
    var idleConnections: Int
}

/// What the running process serves.
struct RunningGateway: Sendable, Hashable {
    /// Its description without `homie-`; empty for a stranger.
    var identity: String
    var version: String
    var servers: [String: [RunningServer]]
    /// In the map's order; a key may come twice.
    var entries: [MapEntry]

    struct MapEntry: Sendable, Hashable {
        var key: String
        var value: String
    }
}

/// Reads the answers of the runtime API. Columns are found by their names, for they differ between releases.
enum RuntimeAnswers {
    /// `name: value` lines.
    static func info(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return values
    }

    /// `show servers state` and `show servers conn` together, by backend.
    static func servers(state: String, connections: String) -> [String: [RunningServer]] {
        var used: [String: (used: Int, idle: Int)] = [:]
        for row in rows(connections, separator: " ") {
            guard let name = row["bkname/svname"] else { continue }
            used[name] = (row["used_cur"].flatMap(Int.init) ?? 0, row["idle_cur"].flatMap(Int.init) ?? 0)
        }
        var servers: [String: [RunningServer]] = [:]
        for row in rows(state, separator: " ") {
            guard let backend = row["be_name"], let name = row["srv_name"], let address = row["srv_addr"] else {
                continue
            }
            let admin = row["srv_admin_state"].flatMap(Int.init) ?? 0
            let count = used["\(backend)/\(name)"] ?? (0, 0)
            servers[backend, default: []].append(
                RunningServer(
                    name: name,
                    address: address,
                    port: row["srv_port"].flatMap(UInt16.init) ?? 0,
                    weight: row["srv_uweight"].flatMap(Int.init) ?? 0,
                    isInMaintenance: admin & 0x07 != 0,
                    isDraining: admin & 0x18 != 0,
                    isUp: row["srv_op_state"] != "0",
                    usedConnections: count.used,
                    idleConnections: count.idle
                )
            )
        }
        return servers
    }

    /// `show map`: a reference, the key, the value.
    static func map(_ text: String) -> [RunningGateway.MapEntry] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, words[0].hasPrefix("0x") else { return nil }
            return RunningGateway.MapEntry(key: String(words[1]), value: String(words[2]))
        }
    }

    /// `show table` of ``OpenStreams/table``: the numbers of streams that are open, by session.
    static func openStreams(_ text: String) -> [String: Set<String>] {
        var numbers: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("0x") {
            let words = line.split(separator: " ")
            guard words.contains(where: { $0.hasPrefix("use=") && $0 != "use=0" }),
                let key = words.first(where: { $0.hasPrefix("key=") })?.dropFirst("key=".count),
                let colon = key.lastIndex(of: ":")
            else { continue }
            numbers[String(key[..<colon]), default: []].insert(String(key[key.index(after: colon)...]))
        }
        return numbers
    }

    /// `show sess all`: the pointer of each stream, by its number.
    static func streams(_ text: String) -> [String: String] {
        var pointers: [String: String] = [:]
        // Lines about the same stream are indented.
        for line in text.split(separator: "\n") where line.hasPrefix("0x") {
            let words = line.split(separator: " ")
            guard let pointer = words.first, pointer.hasSuffix(":"),
                let number = words.first(where: { $0.hasPrefix("id=") })?.dropFirst("id=".count)
            else { continue }
            pointers[String(number)] = String(pointer.dropLast())
        }
        return pointers
    }

    /// `show proc` of the master: process numbers of workers that finish what they have.
    static func oldWorkers(_ text: String) -> [String] {
        let lines = text.split(separator: "\n")
        guard let start = lines.firstIndex(where: { $0.hasPrefix("# old workers") }) else { return [] }
        return lines[(start + 1)...].prefix { !$0.hasPrefix("#") }.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count > 1 && words[1] == "worker" ? String(words[0]) : nil
        }
    }

    /// `show stat` (CSV): a row for each frontend, backend and server.
    static func stat(_ text: String) -> [[String: String]] { rows(text, separator: ",") }

    /// A table whose header line begins with `# `; what comes before it is no row.
    private static func rows(_ text: String, separator: Character) -> [[String: String]] {
        var header: [Substring]?
        var rows: [[String: String]] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#") {
                header = line.drop { $0 == "#" || $0 == " " }.split(
                    separator: separator,
                    omittingEmptySubsequences: false
                )
                continue
            }
            guard let header else { continue }
            let fields = line.split(separator: separator, omittingEmptySubsequences: false)
            let pairs = zip(header, fields).filter { !$0.0.isEmpty }.map { (String($0.0), String($0.1)) }
            rows.append(Dictionary(pairs) { first, _ in first })
        }
        return rows
    }
}
