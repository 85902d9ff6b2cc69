import FoundationEssentials
import HomieACME
import HomieAccess
import HomieGateway
import HomieModel
import HomieServer
import HomieSystemd
import Logging

/// The daemon's configuration, complete and valid.
struct Configuration: Equatable {
    var stateDirectory: String
    var socket: String
    var socketGroup: String?
    var dockerSocket: String
    /// nil for the file of the account that homied runs as.
    var registryCredentials: String?
    var logLevel: Logger.Level
    var logDestination: LogDestination
    var resyncInterval: TimeSpan
    var keepsHistory: Bool
    /// Where `/metrics` is served over TCP; nil when nowhere.
    var metricsAddress: MetricsServer.Address?
    var watchesAlerts: Bool
    var imageCheckInterval: TimeSpan
    /// The folder of public keys that images are checked with.
    var imageKeys: String
    /// Where traces are sent to; nil for nowhere.
    var traceEndpoint: String?
    /// From 0 to 1; nil when it is off.
    var diskGuard: Double?
    /// nil when the gateway is off.
    var gateway: GatewaySettings?
    /// Where the device's authority is, whether the gateway is on or not.
    var authority: GatewaySettings
    /// Where services' certificates are put.
    var tlsDirectory: String
    /// Names under `.local` are published.
    var publishesNames: Bool
    /// nil when no public authority is asked.
    var acme: ACMESettings?
    /// The program that sets DNS records; nil for none.
    var acmeHook: String?
    /// Requests a minute of one client through the gateway.
    var apiRate: Int
    /// Nil when nobody signs in elsewhere. Its secret is in ``openIDSecretFile``.
    var openID: OpenIDSettings?
    var openIDSecretFile: String?

    /// Built-in values, then the file, then the environment, then flags: the later wins.
    ///
    /// - Parameter file: path and content; nil when there is none.
    /// - Throws: ``ConfigurationError``
    init(
        file: (path: String, content: String)?,
        environment: [String: String],
        flags: [Setting: String]
    ) throws(ConfigurationError) {
        var values: [Setting: (value: String, origin: String)] = [:]
        for setting in Setting.allCases { values[setting] = (setting.standard, "built in") }
        if let file {
            for (setting, entry) in try ConfigurationFile.parse(file.content, path: file.path) {
                values[setting] = (entry.value, "\(file.path):\(entry.line)")
            }
        }
        for setting in Setting.allCases {
            if let value = environment[setting.variable] { values[setting] = (value, setting.variable) }
            if let value = flags[setting] { values[setting] = (value, "--\(setting.rawValue)") }
        }
        func path(_ setting: Setting) throws(ConfigurationError) -> String {
            let (value, origin) = values[setting] ?? ("", "built in")
            guard value.hasPrefix("/"), !value.utf8.contains(0) else {
                throw .badValue(setting: setting, value: value, origin: origin)
            }
            return value
        }
        func word<Value>(
            _ setting: Setting,
            _ read: (String) -> Value?
        ) throws(ConfigurationError) -> Value {
            let (value, origin) = values[setting] ?? ("", "built in")
            guard let result = read(value) else {
                throw .badValue(setting: setting, value: value, origin: origin)
            }
            return result
        }
        stateDirectory = try path(.stateDirectory)
        socket = try path(.socket)
        dockerSocket = try path(.dockerSocket)
        socketGroup = try word(.socketGroup) { .some($0.isEmpty ? nil : $0) }
        registryCredentials = try word(.registryCredentials) { text in
            text == "auto" ? .some(nil) : text.hasPrefix("/") ? .some(text) : nil
        }
        logLevel = try word(.logLevel) { Logger.Level(rawValue: $0) }
        logDestination = try word(.logFormat) { text in
            switch text {
            case "auto": LogDestination.preferred()
            case "journal": .journal
            case "text": .standardError(.text)
            case "json": .standardError(.json)
            default: nil
            }
        }
        keepsHistory = try word(.history) { ["on": true, "off": false][$0] }
        metricsAddress = try word(.metricsListen) { text in
            text.isEmpty ? .some(nil) : MetricsServer.Address(parsing: text).map { .some($0) }
        }
        watchesAlerts = try word(.alerts) { ["on": true, "off": false][$0] }
        traceEndpoint = try word(.traceEndpoint) { $0.isEmpty ? .some(nil) : TraceEndpoint.url($0).map(Optional.some) }
        diskGuard = try word(.diskGuard) { text in
            text == "off" ? .some(nil) : Double(text).flatMap { (50...99).contains($0) ? .some($0 / 100) : nil }
        }
        let isOn = try word(.gateway) { ["on": true, "off": false][$0] }
        let http = try word(.gatewayHTTP) { GatewaySettings.Listener(text: $0) }
        let https = try word(.gatewayHTTPS) { GatewaySettings.Listener(text: $0) }
        let pathForms = try word(.gatewayPathPort) { Self.pathForms($0, https, http) }
        let domain = try word(.gatewayDomain) { text in
            try? HostPattern(parsing: text.isEmpty ? "\(HostName.short).local" : text)
        }
        publishesNames = try word(.mdns) { ["on": true, "off": false][$0] }
        let usesACME = try word(.acme) { ["on": true, "off": false][$0] }
        let directory = try word(.acmeDirectory) { $0.hasPrefix("https://") ? $0 : nil }
        let mail: String? = try word(.acmeMail) { text in
            text.isEmpty ? .some(nil) : text.contains("@") && !text.contains(" ") ? .some(text) : nil
        }
        let trusted: String? = try word(.acmeAuthorityFile) { text in
            text.isEmpty ? .some(nil) : text.hasPrefix("/") ? .some(text) : nil
        }
        acmeHook = try word(.acmeDNSHook) { $0.isEmpty ? .some(nil) : $0.hasPrefix("/") ? .some($0) : nil }
        acme = usesACME ? ACMESettings(directory: directory, mail: mail, authority: trusted) : nil
        let runtime = socket.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        tlsDirectory = try word(.tlsDirectory) { $0.isEmpty ? runtime + "/tls" : $0.hasPrefix("/") ? $0 : nil }
        gateway = nil
        let paths = GatewayPaths(directory: stateDirectory + "/gateway")
        authority = GatewaySettings(paths: paths, domain: domain)
        if isOn {
            var settings = GatewaySettings(paths: paths, domain: domain, http: [http], https: [https])
            settings.pathForms = pathForms
            settings.account = HostName.account("haproxy")
            settings.sessionKey = stateDirectory + "/access/session.pub"
            settings.apiSocket = runtime + "/gateway.sock"
            settings.certificateFolder = try path(.certificates)
            settings.usesACME = usesACME
            settings.isKeptBySystem = try word(.gatewayUnit) { ["on": true, "off": false][$0] }
            gateway = settings
        }
        imageKeys = try path(.imageKeys)
        imageCheckInterval = try word(.imageCheckInterval) { text in
            Double(text).flatMap { (1...604_800).contains($0) ? TimeSpan.seconds($0) : nil }
        }
        let issuer = try word(.oidcIssuer) {
            $0.isEmpty || $0.hasPrefix("https://") || $0.hasPrefix("http://127.") ? $0 : nil
        }
        let client = try word(.oidcClientID) { $0.isEmpty ? nil : $0 }
        let roles = Role.allCases.reduce(into: ["none": Role?.none]) { $0[$1.rawValue] = $1 }
        let otherwise = try word(.oidcDefaultRole) { roles[$0] }
        let groups = try word(.oidcGroups, Self.groups)
        openIDSecretFile = try word(.oidcClientSecretFile) {
            $0.isEmpty ? .some(nil) : $0.hasPrefix("/") ? .some($0) : nil
        }
        openID = nil
        if !issuer.isEmpty {
            openID = OpenIDSettings(issuer: issuer, client: client, secret: nil, groups: groups, otherwise: otherwise)
        }
        apiRate = try word(.apiRate) { text in Int(text).flatMap { (10...1_000_000).contains($0) ? $0 : nil } }
        resyncInterval = try word(.resyncInterval) { text in
            Double(text).flatMap { (5...3600).contains($0) ? TimeSpan.seconds($0) : nil }
        }
    }

    /// Where services are by their paths over HTTPS: on the address that serves HTTPS, unless another is given; nil when that is
    /// no place for it.
    private static func pathForms(
        _ text: String,
        _ https: GatewaySettings.Listener,
        _ http: GatewaySettings.Listener
    ) -> [GatewaySettings.Listener]? {
        if text == "off" { return [] }
        guard !text.isEmpty else {
            // Not one that services like to publish: without its ports HAProxy does not start.
            let after = [1, 2].map { https.port <= .max - 2 ? https.port + $0 : https.port - $0 }
            return after.first { $0 != http.port }.map { [.init(address: https.address, port: $0)] }
        }
        guard var listener = GatewaySettings.Listener(text: text) else { return nil }
        listener.address = listener.address ?? https.address
        // One port is one origin.
        return listener.port == https.port || listener.port == http.port ? nil : [listener]
    }

    /// Reads `group=role,group=role`; nil when it is not that.
    private static func groups(_ text: String) -> [String: Role]? {
        var groups: [String: Role] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            guard parts.count == 2, !parts[0].isEmpty, let role = Role(rawValue: parts[1]) else { return nil }
            groups[parts[0]] = role
        }
        return groups
    }
}
