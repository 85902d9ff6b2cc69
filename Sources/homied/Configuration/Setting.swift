import FoundationEssentials

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
    case diskGuard = "disk-guard"
    case gateway
    case gatewayHTTP = "gateway-http"
    case gatewayHTTPS = "gateway-https"
    case gatewayDomain = "gateway-domain"

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
        case .diskGuard: "90"
        case .gateway: "off"
        case .gatewayHTTP: "80"
        case .gatewayHTTPS: "443"
        case .gatewayDomain: ""
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
        case .resyncInterval: "seconds between two full looks at the engine, from 5 to 3600"
        case .history: "on or off: whether measurements are kept, for a year at most and in 30 MB at most"
        case .metricsListen:
            "'address:port' where Prometheus may fetch /metrics without signing in, e.g. 127.0.0.1:9466; nowhere when empty"
        case .alerts: "on or off: whether alerts are watched for, and incoming webhooks taken"
        case .diskGuard:
            "percent: when the engine's disk is fuller, build cache and unused images without a name go; or off"
        case .gateway: "on or off: whether HAProxy serves what services expose"
        case .gatewayHTTP: "the gateway's port for HTTP, or 'address:port'"
        case .gatewayHTTPS: "the gateway's port for HTTPS, or 'address:port'"
        case .gatewayDomain: "the name that services get theirs under; '<host name>.local' when empty"
        }
    }
}
