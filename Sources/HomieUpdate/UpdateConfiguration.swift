internal import FoundationEssentials
public import HomieModel
public import HomiePlanning

/// A setting of the updater: in `/etc/homie/update.conf` as `name = value`, in the environment as `HOMIE_UPDATE_NAME`.
public enum UpdateSetting: String, Sendable, Hashable, CaseIterable {
    case index, channel, automatic, window, delay, hold, streaming, bandwidth, proxy, keyring
    case certificateAuthority = "certificate-authority"
    case stateDirectory = "state-directory"
    case lockDirectory = "lock-directory"
    case runtimeDirectory = "runtime-directory"
    case versionFile = "version-file"
    case supervisorSocket = "supervisor-socket"
    case stabilityWindow = "stability-window"
    case bootDeadline = "boot-deadline"

    public var variable: String {
        "HOMIE_UPDATE_" + rawValue.split(separator: "-").joined(separator: "_").uppercased()
    }

    public var standard: String {
        switch self {
        case .index, .window, .hold, .bandwidth, .proxy, .certificateAuthority: ""
        case .channel: "stable"
        case .automatic, .streaming: "yes"
        case .delay: "24h"
        case .keyring: "/etc/rauc/keyring.pem"
        case .stateDirectory: "/var/lib/homie/update"
        case .lockDirectory: "/run/homie-update/locks"
        case .runtimeDirectory: "/run/homie-update"
        case .versionFile: "/usr/lib/homie/version"
        case .supervisorSocket: "/run/homie/homied.sock"
        case .stabilityWindow: "60s"
        case .bootDeadline: "5m"
        }
    }

    public var help: String {
        switch self {
        case .index: "the address of the signed index, http or https"
        case .channel: "which versions are wanted"
        case .automatic: "whether updates are installed without being asked for: yes or no"
        case .window: "when automatic installs may begin, e.g. 'mon-fri 02:00-05:00', local time"
        case .delay: "how long a version has to be known before it is installed by itself"
        case .hold: "a reason to install nothing"
        case .streaming:
            "whether RAUC fetches a version itself, of which it takes the new blocks: yes or no; never with the next three"
        case .bandwidth: "bytes a second at most, e.g. 2M"
        case .proxy: "e.g. http://proxy.lan:3128"
        case .keyring: "the authorities whose index and bundles count"
        case .certificateAuthority: "the certificates to trust for https instead of the system's"
        case .stateDirectory: "what is remembered, and where bundles are kept"
        case .runtimeDirectory: "where it tells how an install goes"
        case .lockDirectory: "where services leave their update locks"
        case .versionFile: "the file that names the version that runs"
        case .supervisorSocket: "where homied answers"
        case .stabilityWindow: "how long everything has to work after an update"
        case .bootDeadline: "when, after the start, there has to be a verdict"
        }
    }

    /// The table of all settings, for `--help`.
    public static var table: String {
        allCases.map { setting in
            let standard = setting.standard.isEmpty ? "" : " [\(setting.standard)]"
            return "  \(setting.rawValue): \(setting.help)\(standard)"
        }.joined(separator: "\n")
    }
}

/// The updater's settings, each read and checked.
public struct UpdateConfiguration: Sendable, Hashable {
    public static let standardFile = "/etc/homie/update.conf"

    public var index: String?
    public var channel: String
    public var policy: UpdateQuestion.Policy
    public var streams: Bool
    public var bandwidth: ByteCount?
    public var proxy: String?
    public var certificateAuthority: String?
    public var keyring: String
    public var stateDirectory: StateDirectory
    public var lockDirectory: String
    public var runtimeDirectory: String
    public var versionFile: String
    public var supervisorSocket: String
    public var boot: BootJudge.Limits

    /// Reads the file, where there is one, and the environment, which wins.
    ///
    /// - Throws: ``UpdateError``.
    public init(file: String?, environment: [String: String]) throws(UpdateError) {
        var values: [UpdateSetting: String] = [:]
        let path = file ?? Self.standardFile
        if let data = FileManager.default.contents(atPath: path) {
            values = try Self.parse(String(decoding: data, as: UTF8.self), path: path)
        } else if file != nil {
            throw .state(path: path, reason: "it cannot be read")
        }
        try self.init(values.merging(Self.values(environment)) { _, ours in ours })
    }

    /// Reads the environment alone, for who has to go on when the file is of no use.
    ///
    /// - Throws: ``UpdateError``.
    public init(environment: [String: String]) throws(UpdateError) { try self.init(Self.values(environment)) }

    private static func values(_ environment: [String: String]) -> [UpdateSetting: String] {
        var values: [UpdateSetting: String] = [:]
        for setting in UpdateSetting.allCases { values[setting] = environment[setting.variable] }
        return values
    }

    public init(_ values: [UpdateSetting: String]) throws(UpdateError) {
        func text(_ setting: UpdateSetting) -> String { values[setting] ?? setting.standard }
        func optional(_ setting: UpdateSetting) -> String? { text(setting).isEmpty ? nil : text(setting) }
        func invalid(_ setting: UpdateSetting, _ reason: String) -> UpdateError {
            .setting(name: setting.rawValue, value: text(setting), reason: reason)
        }
        func time(_ setting: UpdateSetting) throws(UpdateError) -> TimeSpan {
            guard let span = Self.time(text(setting)) else { throw invalid(setting, "write e.g. 90s, 5m, 24h or 7d") }
            return span
        }
        func choice(_ setting: UpdateSetting) throws(UpdateError) -> Bool {
            switch text(setting) {
            case "yes", "true": return true
            case "no", "false": return false
            default: throw invalid(setting, "write yes or no")
            }
        }
        var window: MaintenanceWindow?
        if let text = optional(.window) {
            do {
                window = try MaintenanceWindow(parsing: text)
            } catch {
                throw invalid(.window, "write e.g. 'mon-fri 02:00-05:00'")
            }
        }
        policy = UpdateQuestion.Policy(
            isAutomatic: try choice(.automatic),
            window: window,
            delay: try time(.delay),
            hold: optional(.hold).map { UpdateQuestion.Hold(reason: $0) }
        )
        if let text = optional(.bandwidth) {
            guard let bytes = Self.bytes(text) else { throw invalid(.bandwidth, "write e.g. 500K or 2M") }
            bandwidth = ByteCount(bytes: bytes)
        }
        boot = BootJudge.Limits(stability: try time(.stabilityWindow), deadline: try time(.bootDeadline))
        if boot.deadline < boot.stability {
            throw invalid(.bootDeadline, "it comes before the stability window has passed")
        }
        streams = try choice(.streaming)
        index = optional(.index)
        channel = text(.channel)
        proxy = optional(.proxy)
        certificateAuthority = optional(.certificateAuthority)
        keyring = text(.keyring)
        stateDirectory = StateDirectory(path: text(.stateDirectory))
        lockDirectory = text(.lockDirectory)
        runtimeDirectory = text(.runtimeDirectory)
        versionFile = text(.versionFile)
        supervisorSocket = text(.supervisorSocket)
    }

    /// RAUC knows nothing of our limits on transfers, and of whom we trust.
    public var mayStream: Bool { streams && bandwidth == nil && proxy == nil && certificateAuthority == nil }

    static func parse(_ content: String, path: String) throws(UpdateError) -> [UpdateSetting: String] {
        var values: [UpdateSetting: String] = [:]
        var number = 0
        for raw in content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let line = trimmed(raw)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let sign = line.firstIndex(of: "=") else {
                throw .configuration(path: path, line: number, reason: "this is not 'name = value'")
            }
            let name = trimmed(line[..<sign])
            guard let setting = UpdateSetting(rawValue: name) else {
                throw .configuration(path: path, line: number, reason: "there is no setting '\(name)'")
            }
            let previous = values.updateValue(trimmed(line[line.index(after: sign)...]), forKey: setting)
            if previous != nil { throw .configuration(path: path, line: number, reason: "'\(name)' is set twice") }
        }
        return values
    }

    private static func trimmed(_ text: Substring) -> String {
        var slice = text
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return String(slice)
    }

    private static func trimmed(_ text: String) -> String { trimmed(Substring(text)) }

    /// `90s`, `5m`, `24h`, `7d`.
    private static func time(_ text: String) -> TimeSpan? {
        let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last, let factor = factors[unit], let count = UInt32(text.dropLast()) else { return nil }
        return .seconds(Double(count) * factor)
    }

    /// `2000000`, `500K`, `2M`: decimal units.
    private static func bytes(_ text: String) -> Int64? {
        let factors: [Character: Int64] = ["K": 1000, "M": 1_000_000, "G": 1_000_000_000]
        guard let unit = text.last else { return nil }
        let factor = factors[unit]
        guard let count = Int64(factor == nil ? Substring(text) : text.dropLast()), count > 0 else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor ?? 1)
        return overflow ? nil : bytes
    }
}
