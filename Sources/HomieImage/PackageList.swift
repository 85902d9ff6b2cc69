/// The packages of a system, from dpkg's status file (deb-control(5)).
public struct PackageList: Sendable, Hashable {
    public struct Package: Sendable, Hashable {
        public var name: String
        public var version: String
        public var architecture: String
        /// The source package, and its version where it is another one.
        public var source: String?
        public var maintainer: String?

        public init(
            name: String,
            version: String,
            architecture: String,
            source: String? = nil,
            maintainer: String? = nil
        ) {
            self.name = name
            self.version = version
            self.architecture = architecture
            self.source = source
            self.maintainer = maintainer
        }

        /// As a list of pinned packages names it.
        public var pin: String { "\(name)=\(version)" }
    }

    /// By name.
    public let packages: [Package]

    public init(status: String) {
        packages = status.split(separator: "\n\n").compactMap { Self.package(String($0)) }.sorted { $0.name < $1.name }
    }

    /// What differs from a list of pins, one clause each.
    public func differences(from pins: [String]) -> [String] {
        let wanted = Set(pins)
        let found = Set(packages.map(\.pin))
        return found.subtracting(wanted).sorted().map { "\($0) is not pinned" }
            + wanted.subtracting(found).sorted().map { "\($0) is missing" }
    }

    private static func package(_ paragraph: String) -> Package? {
        var fields: [String: String] = [:]
        for line in paragraph.split(separator: "\n") where line.first?.isWhitespace == false {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields[String(line[..<colon])] = String(value)
        }
        guard let name = fields["Package"], let version = fields["Version"], let architecture = fields["Architecture"],
            fields["Status"]?.hasSuffix(" installed") == true
        else { return nil }
        return Package(
            name: name,
            version: version,
            architecture: architecture,
            source: fields["Source"],
            maintainer: fields["Maintainer"]
        )
    }
}
