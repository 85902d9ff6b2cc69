import FoundationEssentials
import HomieACME

/// One setting of the daemon: its name in the file, in the environment and as a flag come from one place.
enum Setting: String, CaseIterable {
    case stateDirectory = "state-directory"
    case socket
    case socketGroup = "socket-group"
    case dockerSocket = "docker-socket"
    case registryCredentials = "registry-credentials"
    case logLevel = "log-level"
    case logFormat = "log-format"
    case resyncInterval = "resync-interval"
    case history
    case metricsListen = "metrics-listen"
    case alerts
    case imageCheckInterval = "image-check-interval"
    case imageKeys = "image-keys"
    case traceEndpoint = "trace-endpoint"
    case diskGuard = "disk-guard"
    case gateway
    case gatewayHTTP = "gateway-http"
    case gatewayHTTPS = "gateway-https"
    case gatewayPathPort = "gateway-path-port"
    case gatewayDomain = "gateway-domain"
    case mdns
    case gatewayUnit = "gateway-unit"
    case tlsDirectory = "tls-directory"
    case certificates
    case acme
    case acmeDirectory = "acme-directory"
    case acmeMail = "acme-mail"
    case acmeAuthorityFile = "acme-authority-file"
    case acmeDNSHook = "acme-dns-hook"
    case apiRate = "api-rate"
    case oidcIssuer = "oidc-issuer"
    case oidcClientID = "oidc-client-id"
    case oidcClientSecretFile = "oidc-client-secret-file"
    case oidcGroups = "oidc-groups"
    case oidcDefaultRole = "oidc-default-role"

    /// `HOMIE_STATE_DIRECTORY` …
    var variable: String { "HOMIE_" + rawValue.uppercased().replacing("-", with: "_") }

    /// What holds when nobody says otherwise.
    var standard: String {
        switch self {
        case .stateDirectory: "/var/lib/homie"
        case .socket: "/run/homie/homied.sock"
        case .socketGroup: ""
        case .dockerSocket: "/run/docker.sock"
        case .registryCredentials: "auto"
        case .logLevel: "info"
        case .logFormat: "auto"
        case .resyncInterval: "120"
        case .history: "on"
        case .metricsListen: ""
        case .alerts: "on"
        case .imageCheckInterval: "21600"
        case .imageKeys: "/etc/homie/image-keys"
        case .traceEndpoint: ""
        case .diskGuard: "90"
        case .gateway: "off"
        case .gatewayHTTP: "80"
        case .gatewayHTTPS: "443"
        case .gatewayPathPort: ""
        case .gatewayDomain: ""
        case .mdns: "on"
        case .gatewayUnit: "off"
        case .tlsDirectory: ""
        case .certificates: "/etc/homie/certificates"
        case .acme: "off"
        case .acmeDirectory: ACMESettings.standardDirectory
        case .acmeMail: ""
        case .acmeAuthorityFile: ""
        case .acmeDNSHook: ""
        case .apiRate: "1200"
        case .oidcIssuer: ""
        case .oidcClientID: "homie"
        case .oidcClientSecretFile: ""
        case .oidcGroups: ""
        case .oidcDefaultRole: "none"
        }
    }

    var help: String {
        switch self {
        case .stateDirectory: "everything that homied writes is in here"
        case .socket: "the Unix socket of the API"
        case .socketGroup: "the group that may use the API; the daemon's own when empty"
        case .dockerSocket: "the Docker Engine's Unix socket"
        case .registryCredentials:
            "a file as 'docker login' makes it; auto: /etc/homie/registry.json when it is there, else that of this account"
        case .logLevel: "trace, debug, info, notice, warning, error or critical"
        case .logFormat: "auto, journal, text or json"
        case .imageCheckInterval: "seconds between two questions for newer images, from 1 to 604800"
        case .imageKeys: "a folder with public keys, NAME.pub each, that signatures of images are checked with (cosign)"
        case .resyncInterval: "seconds between two full looks at the engine, from 5 to 3600"
        case .history: "on or off: whether measurements are kept, for a year at most and in 30 MB at most"
        case .metricsListen:
            "'address:port' where Prometheus may fetch /metrics without signing in, e.g. 127.0.0.1:9466; nowhere when empty"
        case .traceEndpoint: "a collector's URL that traces are sent to (OTLP over HTTP), e.g. http://collector:4318"
        case .alerts: "on or off: whether alerts are watched for, and incoming webhooks taken"
        case .diskGuard:
            "percent: when the engine's disk is fuller, build cache and unused images without a name go; or off"
        case .gateway: "on or off: whether HAProxy serves what services expose"
        case .gatewayHTTP: "the gateway's port for HTTP, or 'address:port'"
        case .gatewayHTTPS: "the gateway's port for HTTPS, or 'address:port'"
        case .gatewayPathPort:
            "the gateway's port for services by their paths over HTTPS, 'address:port' or off; the port after that for HTTPS "
                + "when empty"
        case .tlsDirectory:
            "a folder on a tmpfs for the certificates and keys that services are given; 'tls' beside the socket when empty"
        case .mdns: "on or off: whether names of services under .local are published through Avahi, where it runs"
        case .gatewayUnit: "on or off: whether systemd starts HAProxy (homie-gateway.service), not homied"
        case .certificates:
            "a folder with certificates of your own for names of services: NAME.pem, or NAME.crt and NAME.key"
        case .acme:
            "on or off: whether public names get certificates of a public authority, whose terms you agree to thereby"
        case .acmeDirectory: "the public authority's directory (ACME, RFC 8555)"
        case .acmeMail: "where the public authority writes to; nowhere when empty"
        case .acmeAuthorityFile: "the certificates to trust with the public authority; the system's when empty"
        case .acmeDNSHook:
            "a program that sets DNS records to prove names, run as 'PROGRAM add|remove NAME VALUE'; over HTTP when empty"
        case .apiRate: "requests a minute that one client may send to the API through the gateway, from 10 to 1000000"
        case .oidcIssuer: "the identity provider's address, exactly as it names itself; none when empty"
        case .oidcClientID: "this device's name at the identity provider"
        case .oidcClientSecretFile:
            "a file with this device's secret at the identity provider; a public client when empty"
        case .oidcGroups: "roles by the provider's groups, e.g. 'homie-admins=admin,family=viewer'"
        case .oidcDefaultRole: "the role of those in none of the groups, or 'none' to keep them out"
        case .gatewayDomain: "the name that services get theirs under; '<host name>.local' when empty"
        }
    }
}
