import ArgumentParser
import HomieGateway
import HomieModel
import Logging
import Testing

@testable import homied

@Suite struct ConfigurationTests {
    private func configuration(
        file: String? = nil,
        environment: [String: String] = [:],
        flags: [Setting: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(file: file.map { ("homied.conf", $0) }, environment: environment, flags: flags)
    }

    @Test func `every setting has a default that works`() throws {
        let made = try configuration()
        #expect(made.stateDirectory == "/var/lib/homie")
        #expect(made.socket == "/run/homie/homied.sock")
        #expect(made.resyncInterval == .seconds(120))
        #expect(made.socketGroup == nil)
    }

    @Test func `every setting has a flag`() {
        let help = Homied.helpMessage()
        for setting in Setting.allCases { #expect(help.contains("--\(setting.rawValue) <"), "\(setting.rawValue)") }
    }

    @Test func `the file wins over defaults, the environment over the file, flags over all`() throws {
        let file = "# site\nsocket = /file\n\n  log-level=debug  \nstate-directory = /file/state\n"
        let environment = ["HOMIE_SOCKET": "/environment", "HOMIE_STATE_DIRECTORY": "/environment/state"]
        let made = try configuration(file: file, environment: environment, flags: [.socket: "/flag"])
        #expect(made.socket == "/flag")
        #expect(made.stateDirectory == "/environment/state")
        #expect(made.logLevel == .debug)
    }

    @Test func `a collector's address gets OTLP's path where it has none`() throws {
        func endpoint(_ text: String) throws -> String? {
            try configuration(flags: [.traceEndpoint: text]).traceEndpoint
        }
        #expect(try configuration().traceEndpoint == nil)
        #expect(try endpoint("http://collector:4318") == "http://collector:4318/v1/traces")
        #expect(try endpoint("https://collector/") == "https://collector/v1/traces")
        #expect(try endpoint("http://collector/otlp/traces") == "http://collector/otlp/traces")
        for text in ["collector:4318", "http://", "ftp://collector", "http://a b", "http://me:secret@collector"] {
            #expect(throws: ConfigurationError.self) { try endpoint(text) }
        }
    }

    @Test func `services by their paths have a port for HTTPS that nothing else has`() throws {
        func place(_ paths: String?, https: String? = nil, http: String? = nil) throws -> String? {
            var flags: [Setting: String] = [.gateway: "on", .gatewayDomain: "homie.local"]
            flags[.gatewayPathPort] = paths
            flags[.gatewayHTTPS] = https
            flags[.gatewayHTTP] = http
            let listeners = try #require(try configuration(flags: flags).gateway).pathForms
            return listeners.map { "\($0.address ?? "any"):\($0.port)" }.first
        }
        #expect(try place(nil) == "any:444")
        #expect(try place(nil, https: "127.0.0.1:8443") == "127.0.0.1:8444")
        #expect(try place(nil, https: "8443", http: "8444") == "any:8445")
        #expect(try place(nil, https: "65535") == "any:65534")
        #expect(try place("9000", https: "127.0.0.1:443") == "127.0.0.1:9000")
        #expect(try place("127.0.0.2:9000") == "127.0.0.2:9000")
        #expect(try place("off") == nil)
        for (paths, https, http) in [
            ("443", "443", "80"), ("80", "443", "80"), ("on", "443", "80"), ("0", "443", "80"),
        ] {
            #expect(throws: ConfigurationError.self) { try place(paths, https: https, http: http) }
        }
    }

    @Test func `each variable is named like its setting`() {
        #expect(Setting.allCases.map(\.variable).contains("HOMIE_DOCKER_SOCKET"))
        #expect(Set(Setting.allCases.map(\.variable)).count == Setting.allCases.count)
    }

    @Test(arguments: [
        ("socket", ConfigurationError.notAnAssignment(path: "homied.conf", line: 1)),
        ("\nsokcet = /x", .unknownSetting(path: "homied.conf", line: 2, name: "sokcet")),
        ("socket = /a\nsocket = /b", .repeated(path: "homied.conf", line: 2, name: "socket")),
        ("socket = relative", .badValue(setting: .socket, value: "relative", origin: "homied.conf:1")),
        ("log-level = loud", .badValue(setting: .logLevel, value: "loud", origin: "homied.conf:1")),
        ("resync-interval = 1", .badValue(setting: .resyncInterval, value: "1", origin: "homied.conf:1")),
        ("resync-interval = nan", .badValue(setting: .resyncInterval, value: "nan", origin: "homied.conf:1")),
        ("log-format = xml", .badValue(setting: .logFormat, value: "xml", origin: "homied.conf:1")),
        ("registry-credentials = x", .badValue(setting: .registryCredentials, value: "x", origin: "homied.conf:1")),
    ])
    func `a mistake is named with its place and a hint`(text: String, error: ConfigurationError) throws {
        let thrown = #expect(throws: ConfigurationError.self) { try configuration(file: text) }
        #expect(thrown == error)
        #expect(thrown?.hint != nil)
        #expect(thrown?.kind == .usage)
    }

    @Test func `a wrong variable and a wrong flag are named as such`() throws {
        let variable = #expect(throws: ConfigurationError.self) {
            try configuration(environment: ["HOMIE_LOG_LEVEL": "loud"])
        }
        #expect(variable?.summary.hasPrefix("HOMIE_LOG_LEVEL:") == true)
        let flag = #expect(throws: ConfigurationError.self) { try configuration(flags: [.logLevel: "loud"]) }
        #expect(flag?.summary.hasPrefix("--log-level:") == true)
    }
}
