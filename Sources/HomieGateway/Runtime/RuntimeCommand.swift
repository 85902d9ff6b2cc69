/// One command of HAProxy's runtime API (Management Guide, 9.3): a closed set.
enum RuntimeCommand: Sendable, Hashable {
    /// What a server is told to do (`set server … state`).
    enum ServerState: String, Sendable, Hashable {
        case ready, drain, maint
    }

    // Looking
    case showInfo
    case showServers
    case showConnections
    case showMap(path: String)
    case showStat
    /// What a ring holds.
    case showEvents(ring: String)
    case showTable(String)
    /// Every stream with all that is known of it.
    case showStreams

    // Servers
    case addServer(backend: String, ServerLine)
    case enableHealth(backend: String, server: String)
    case setState(backend: String, server: String, ServerState)
    case setWeight(backend: String, server: String, Int)
    case setAddress(backend: String, server: String, address: String, port: UInt16)
    case shutSessions(backend: String, server: String)
    /// Only in maintenance, and refused while a connection is left.
    case deleteServer(backend: String, server: String)

    // Streams
    /// Ends one, whatever it is at.
    case shutStream(pointer: String)

    // Map entries
    case addEntry(map: String, key: String, value: String)
    case setEntry(map: String, key: String, value: String)
    case deleteEntry(map: String, key: String)

    // Certificates
    case setCertificate(path: String, pem: String)
    case commitCertificate(path: String)
    case abortCertificate(path: String)
    /// An empty place for a certificate.
    case newCertificate(path: String)
    /// Presents a certificate to those who ask for its names.
    case listCertificate(list: String, path: String)
    case unlistCertificate(list: String, path: String)
    case deleteCertificate(path: String)

    /// The command as HAProxy reads it.
    var text: String {
        switch self {
        case .showInfo: "show info\n"
        case .showServers: "show servers state\n"
        case .showConnections: "show servers conn\n"
        case .showMap(let path): "show map \(path)\n"
        case .showStat: "show stat\n"
        case .showEvents(let ring): "show events \(ring)\n"
        case .showTable(let name): "show table \(name)\n"
        case .showStreams: "show sess all\n"
        case .shutStream(let pointer): "shutdown session \(pointer)\n"
        case .addServer(let backend, let line):
            "add server \(backend)/\(line.name) \(line.parameters) weight \(line.effectiveWeight)\n"
        case .enableHealth(let backend, let server): "enable health \(backend)/\(server)\n"
        case .setState(let backend, let server, let state): "set server \(backend)/\(server) state \(state.rawValue)\n"
        case .setWeight(let backend, let server, let weight): "set server \(backend)/\(server) weight \(weight)\n"
        case .setAddress(let backend, let server, let address, let port):
            "set server \(backend)/\(server) addr \(address) port \(port)\n"
        case .shutSessions(let backend, let server): "shutdown sessions server \(backend)/\(server)\n"
        case .deleteServer(let backend, let server): "del server \(backend)/\(server)\n"
        case .addEntry(let map, let key, let value): "add map \(map) \(key) \(value)\n"
        case .setEntry(let map, let key, let value): "set map \(map) \(key) \(value)\n"
        case .deleteEntry(let map, let key): "del map \(map) \(key)\n"
        case .setCertificate(let path, let pem):
            // A blank line ends what is sent along.
            "set ssl cert \(path) <<\n\(pem.split(separator: "\n").joined(separator: "\n"))\n\n"
        case .commitCertificate(let path): "commit ssl cert \(path)\n"
        case .abortCertificate(let path): "abort ssl cert \(path)\n"
        case .newCertificate(let path): "new ssl cert \(path)\n"
        case .listCertificate(let list, let path): "add ssl crt-list \(list) \(path)\n"
        case .unlistCertificate(let list, let path): "del ssl crt-list \(list) \(path)\n"
        case .deleteCertificate(let path): "del ssl cert \(path)\n"
        }
    }

    /// The command as an error names it: without what is sent along.
    var name: String { String(text.prefix { $0 != "\n" }) }

    /// True when `answer` says that it was done.
    func isDone(_ answer: String) -> Bool {
        switch self {
        case .showInfo, .showServers, .showConnections, .showMap, .showStat, .showEvents, .showTable, .showStreams: true
        // It may have ended by itself.
        case .shutStream: answer.isEmpty || answer.hasPrefix("No such session")
        case .addServer: answer.hasPrefix("New server registered")
        case .setAddress: answer.contains("no need to change") || answer.contains("changed from")
        case .deleteServer: answer.hasPrefix("Server deleted")
        case .setCertificate: answer.hasPrefix("Transaction created") || answer.hasPrefix("Transaction updated")
        case .commitCertificate: answer.contains("Success")
        // What a homied before this one began is there already.
        case .newCertificate: answer.hasPrefix("New empty certificate store") || answer.contains("already exists")
        case .listCertificate: answer.contains("Success") || answer.contains("already")
        case .unlistCertificate, .deleteCertificate: answer.contains("deleted")
        case .enableHealth, .setState, .setWeight, .shutSessions, .addEntry, .setEntry, .deleteEntry,
            .abortCertificate:
            answer.isEmpty
        }
    }

    /// True when the refusal of this command only means that it is too early.
    var mayBeRefused: Bool {
        switch self {
        case .deleteServer, .abortCertificate: true
        default: false
        }
    }
}
