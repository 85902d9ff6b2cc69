/// A service's own certificate, which the device's authority issues and renews: `x-homie.tls`.
///
/// ```yaml
/// x-homie:
///   tls: true                # or:
///   tls: {lifetime: 24h, reload: SIGHUP, names: [db.internal]}
/// ```
///
/// The container finds `cert.pem`, `key.pem` and `ca.pem` in ``directory``, which `HOMIE_TLS_DIR` names, too.
public struct ServiceTLS: Sendable, Hashable {
    /// Where the files are in the container.
    public static let directory = "/run/homie/tls"
    public static let variable = "HOMIE_TLS_DIR"

    /// Signals that programs take for a wish to read their files again.
    public enum Reload: String, Sendable, Hashable, CaseIterable {
        case hangUp = "SIGHUP"
        case first = "SIGUSR1"
        case second = "SIGUSR2"
        case window = "SIGWINCH"
    }

    /// How long a certificate is good; it is renewed after two thirds of that.
    public var lifetime = TimeSpan.seconds(86_400)
    /// What the container is sent after its certificate was renewed; nil for programs that look themselves.
    public var reload: Reload?
    /// Names beside those that other services find it by.
    public var names: [HostPattern] = []

    /// From what people take for a minute up to what public authorities allow from 2029 on.
    static let lifetimes = TimeSpan.seconds(60)...TimeSpan.seconds(47 * 86_400)

    public init() {}

    /// Nil when the service wants none.
    ///
    /// - Parameter homie: the service's `x-homie` block.
    /// - Throws: ``HealthRuleError``
    public static func read(homie: JSONValue?) throws(HealthRuleError) -> ServiceTLS? {
        let place = ["x-homie", "tls"]
        var tls = ServiceTLS()
        switch homie?["tls"] {
        case nil, .bool(false): return nil
        case .bool(true): return tls
        case .object(let members):
            for key in members.keys.sorted() where !["lifetime", "names", "reload"].contains(key) {
                throw HealthRuleError(
                    keys: place,
                    problem: "has no key '\(key)'",
                    hint: "it knows lifetime, names and reload"
                )
            }
            if let value = members["lifetime"] {
                guard let span = value.stringValue.flatMap({ RuleText.span($0) }), lifetimes.contains(span) else {
                    throw HealthRuleError(
                        keys: place + ["lifetime"],
                        problem: "is not a time from a minute to 47 days",
                        hint: "write it like '24h'"
                    )
                }
                tls.lifetime = span
            }
            if let value = members["reload"] {
                guard let signal = value.stringValue.flatMap({ Reload(rawValue: $0) }) else {
                    let words = Reload.allCases.map(\.rawValue).joined(separator: ", ")
                    throw HealthRuleError(keys: place + ["reload"], problem: "is not one of \(words)")
                }
                tls.reload = signal
            }
            if let value = members["names"] { tls.names = try names(value, place + ["names"]) }
            return tls
        default:
            throw HealthRuleError(keys: place, problem: "is neither true, false nor a block", hint: "write 'tls: true'")
        }
    }

    private static func names(_ value: JSONValue, _ place: [String]) throws(HealthRuleError) -> [HostPattern] {
        guard let list = value.arrayValue, list.count <= 16 else {
            throw HealthRuleError(keys: place, problem: "is not a list of up to 16 names")
        }
        var names: [HostPattern] = []
        for value in list {
            guard let name = value.stringValue.flatMap({ try? HostPattern(parsing: $0) }) else {
                throw HealthRuleError(keys: place, problem: "has an entry that is not a host name")
            }
            names.append(name)
        }
        return names
    }

    /// The names a certificate is for: what other services find this one by, and those of ``names``.
    public func names(of service: ServiceName, _ definition: ServiceDefinition, in stack: StackName) -> [String] {
        var names = ["\(service)", "\(service).\(stack)"]
        names += definition.containerName.map { [$0] } ?? []
        names += definition.hostname.map { [$0] } ?? []
        names += definition.networks.values.flatMap { $0.aliases ?? [] }.sorted()
        names += self.names.map(\.text)
        var seen: Set<String> = []
        return names.map { $0.lowercased() }.filter {
            (try? HostPattern(parsing: $0)) != nil && seen.insert($0).inserted
        }
    }
}
