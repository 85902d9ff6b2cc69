internal import FoundationEssentials

/// The logins that `docker login` keeps in its `config.json`, or in the helpers that file names.
struct CredentialStore: Sendable {
    /// The file, as far as it is read.
    struct Configuration: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            var auth: String?
            var username: String?
            var password: String?
            var identitytoken: String?
        }

        var auths: [String: Entry]?
        var credsStore: String?
        var credHelpers: [String: String]?
    }

    private static let hub = "https://index.docker.io/v1/"

    let path: String?
    var helper = CredentialHelper()

    init(path: String?) { self.path = path }

    /// `$DOCKER_CONFIG/config.json`, or the one in the home directory.
    static func defaultPath() -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let directory = environment["DOCKER_CONFIG"], !directory.isEmpty { return directory + "/config.json" }
        return environment["HOME"].map { $0 + "/.docker/config.json" }
    }

    /// The login for a registry's host; nil when there is none. The file is read each time: logins come and go.
    func login(for registry: String) async throws -> RegistryLogin? {
        guard let configuration = try read() else { return nil }
        let keys = Self.keys(for: registry)
        let server = keys[0]
        for key in keys {
            if let name = configuration.credHelpers?[key] { return try await ask(name, server: key) }
        }
        if let name = configuration.credsStore, !name.isEmpty {
            for key in keys { if let login = try await ask(name, server: key) { return login } }
        }
        for key in keys {
            if let entry = configuration.auths?[key], let login = RegistryLogin(entry, server: server) { return login }
        }
        return nil
    }

    /// All logins there are, by registry, as builds send them for their base images.
    func allLogins() async throws -> [String: RegistryLogin] {
        guard let configuration = try read() else { return [:] }
        var logins: [String: RegistryLogin] = [:]
        for key in Set((configuration.auths ?? [:]).keys).union((configuration.credHelpers ?? [:]).keys) {
            let host = key == Self.hub ? "docker.io" : Self.host(of: key)
            logins[key] = try await login(for: host)
        }
        return logins
    }

    private func read() throws -> Configuration? {
        guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try JSONDecoder().decode(Configuration.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw EngineError.unreadableCredentials(path: path, underlying: error)
        }
    }

    private func ask(_ name: String, server: String) async throws -> RegistryLogin? {
        guard let answer = try await helper.get(name, server: server) else { return nil }
        guard answer.Username == "<token>" else {
            return RegistryLogin(username: answer.Username, password: answer.Secret, serveraddress: server)
        }
        return RegistryLogin(identitytoken: answer.Secret, serveraddress: server)
    }

    /// The keys under which a registry may be found; the first is its address.
    static func keys(for registry: String) -> [String] {
        if registry == "docker.io" || registry == "index.docker.io" || registry == "registry-1.docker.io" {
            return [hub, "https://index.docker.io", "index.docker.io", "docker.io"]
        }
        return [
            registry, "https://\(registry)", "https://\(registry)/", "https://\(registry)/v1/",
            "https://\(registry)/v2/",
        ]
    }

    private static func host(of key: String) -> String {
        var rest = key[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        return String(rest.prefix { $0 != "/" })
    }
}

extension RegistryLogin {
    /// A login from the file; nil for an entry that holds none.
    init?(_ entry: CredentialStore.Configuration.Entry, server: String) {
        if let token = entry.identitytoken, !token.isEmpty {
            self.init(identitytoken: token, serveraddress: server)
            return
        }
        if let auth = entry.auth, let data = Data(base64Encoded: auth), !data.isEmpty {
            let text = String(decoding: data, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":") else { return nil }
            let password = text[text.index(after: colon)...].prefix { $0 != "\0" }
            self.init(username: String(text[..<colon]), password: String(password), serveraddress: server)
            return
        }
        guard let username = entry.username, let password = entry.password else { return nil }
        self.init(username: username, password: password, serveraddress: server)
    }
}
