import ArgumentParser
import FoundationEssentials
import Glibc
import HomieModel

/// The container supervisor's program: reads its arguments, composes the parts, runs until it is told to stop.
@main
struct Homied: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homied",
        abstract: "Keeps containers as Compose files want them.",
        discussion: """
            Every setting has a default that works; the file, the environment (HOMIE_…) and flags set it, the later wins.
            Without --config, /etc/homie/homied.conf is read when it is there.

            Example: homied --state-directory /var/lib/homie --socket /run/homie/homied.sock
            """,
        version: HomieRelease.version
    )

    @Option(help: "The configuration file: one 'name = value' a line.")
    var config: String?
    @Option(help: help(.stateDirectory))
    var stateDirectory: String?
    @Option(help: help(.socket))
    var socket: String?
    @Option(help: help(.socketGroup))
    var socketGroup: String?
    @Option(help: help(.dockerSocket))
    var dockerSocket: String?
    @Option(help: help(.registryCredentials))
    var registryCredentials: String?
    @Option(help: help(.logLevel))
    var logLevel: String?
    @Option(help: help(.logFormat))
    var logFormat: String?
    @Option(help: help(.resyncInterval))
    var resyncInterval: String?
    @Option(help: help(.imageCheckInterval))
    var imageCheckInterval: String?
    @Option(help: help(.imageKeys))
    var imageKeys: String?
    @Option(help: help(.diskGuard))
    var diskGuard: String?

    @Option(help: help(.history))
    var history: String?
    @Option(help: help(.metricsListen))
    var metricsListen: String?
    @Option(help: help(.alerts))
    var alerts: String?
    @Option(help: help(.traceEndpoint))
    var traceEndpoint: String?

    @Option(help: help(.gateway))
    var gateway: String?
    @Option(help: help(.gatewayHTTP))
    var gatewayHttp: String?
    @Option(help: help(.gatewayHTTPS))
    var gatewayHttps: String?
    @Option(help: help(.gatewayPathPort))
    var gatewayPathPort: String?
    @Option(help: help(.mdns))
    var mdns: String?
    @Option(help: help(.gatewayUnit))
    var gatewayUnit: String?
    @Option(help: help(.tlsDirectory))
    var tlsDirectory: String?
    @Option(help: help(.gatewayDomain))
    var gatewayDomain: String?
    @Option(help: help(.certificates))
    var certificates: String?
    @Option(help: help(.acme))
    var acme: String?
    @Option(help: help(.acmeDirectory))
    var acmeDirectory: String?
    @Option(help: help(.acmeMail))
    var acmeMail: String?
    @Option(help: help(.acmeAuthorityFile))
    var acmeAuthorityFile: String?
    @Option(name: .customLong("acme-dns-hook"), help: help(.acmeDNSHook))
    var acmeHook: String?
    @Option(help: help(.apiRate))
    var apiRate: String?
    @Option(help: help(.oidcIssuer))
    var oidcIssuer: String?
    @Option(name: .customLong("oidc-client-id"), help: help(.oidcClientID))
    var oidcClient: String?
    @Option(help: help(.oidcClientSecretFile))
    var oidcClientSecretFile: String?
    @Option(help: help(.oidcGroups))
    var oidcGroups: String?
    @Option(help: help(.oidcDefaultRole))
    var oidcDefaultRole: String?

    private static let siteCredentials = "/etc/homie/registry.json"
    private static let standardFile = "/etc/homie/homied.conf"

    private static func help(_ setting: Setting) -> ArgumentHelp {
        let first = setting.help.prefix(1).uppercased() + setting.help.dropFirst()
        return "\(first). [\(setting.variable); default: \(setting.standard.isEmpty ? "none" : setting.standard)]"
    }

    static func main() async {
        do {
            let command = try parse()
            try await command.start()
        } catch let error as any UserFacingError {
            write("homied: \(error)\n", to: STDERR_FILENO)
            Glibc.exit(error.kind.exitCode)
        } catch {
            let isSuccess = exitCode(for: error).isSuccess
            write(fullMessage(for: error) + "\n", to: isSuccess ? STDOUT_FILENO : STDERR_FILENO)
            Glibc.exit(isSuccess ? 0 : ErrorKind.usage.exitCode)
        }
    }

    private func start() async throws {
        let path = config ?? Self.standardFile
        let file = try ConfigurationFile.read(path, isOptional: config == nil)
        var flags: [Setting: String] = [:]
        flags[.stateDirectory] = stateDirectory
        flags[.socket] = socket
        flags[.socketGroup] = socketGroup
        flags[.dockerSocket] = dockerSocket
        flags[.registryCredentials] = registryCredentials
        flags[.logLevel] = logLevel
        flags[.logFormat] = logFormat
        flags[.resyncInterval] = resyncInterval
        flags[.history] = history
        flags[.metricsListen] = metricsListen
        flags[.alerts] = alerts
        flags[.imageCheckInterval] = imageCheckInterval
        flags[.imageKeys] = imageKeys
        flags[.traceEndpoint] = traceEndpoint
        flags[.diskGuard] = diskGuard
        flags[.gateway] = gateway
        flags[.gatewayHTTP] = gatewayHttp
        flags[.gatewayHTTPS] = gatewayHttps
        flags[.gatewayPathPort] = gatewayPathPort
        flags[.gatewayDomain] = gatewayDomain
        flags[.mdns] = mdns
        flags[.gatewayUnit] = gatewayUnit
        flags[.tlsDirectory] = tlsDirectory
        flags[.certificates] = certificates
        flags[.acme] = acme
        flags[.acmeDirectory] = acmeDirectory
        flags[.acmeMail] = acmeMail
        flags[.acmeAuthorityFile] = acmeAuthorityFile
        flags[.acmeDNSHook] = acmeHook
        flags[.apiRate] = apiRate
        flags[.oidcIssuer] = oidcIssuer
        flags[.oidcClientID] = oidcClient
        flags[.oidcClientSecretFile] = oidcClientSecretFile
        flags[.oidcGroups] = oidcGroups
        flags[.oidcDefaultRole] = oidcDefaultRole
        var configuration = try Configuration(
            file: file,
            environment: ProcessInfo.processInfo.environment,
            flags: flags
        )
        if configuration.registryCredentials == nil, FileManager.default.fileExists(atPath: Self.siteCredentials) {
            configuration.registryCredentials = Self.siteCredentials
        }
        try await Self.run(configuration)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            // Nobody is left to tell when the standard streams are gone.
            _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
    }
}
