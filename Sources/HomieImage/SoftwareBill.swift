internal import FoundationEssentials
public import HomieModel

/// What software a system is made of, in SPDX 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>).
public struct SoftwareBill: Sendable, Hashable, Encodable {
    struct CreationInfo: Sendable, Hashable, Encodable {
        var created: String
        var creators: [String]
    }

    struct Reference: Sendable, Hashable, Encodable {
        var referenceCategory = "PACKAGE-MANAGER"
        var referenceType = "purl"
        var referenceLocator: String
    }

    struct Package: Sendable, Hashable, Encodable {
        var SPDXID: String
        var name: String
        var versionInfo: String
        var supplier: String
        var downloadLocation = "NOASSERTION"
        var filesAnalyzed = false
        var licenseConcluded = "NOASSERTION"
        var licenseDeclared = "NOASSERTION"
        var copyrightText = "NOASSERTION"
        var sourceInfo: String?
        var externalRefs: [Reference]
    }

    struct Relationship: Sendable, Hashable, Encodable {
        var spdxElementId: String
        var relationshipType: String
        var relatedSpdxElement: String
    }

    var spdxVersion = "SPDX-2.3"
    var dataLicense = "CC0-1.0"
    var SPDXID = "SPDXRef-DOCUMENT"
    var name: String
    var documentNamespace: String
    var creationInfo: CreationInfo
    var packages: [Package]
    var relationships: [Relationship]

    /// A dependency of the suite's own programs.
    public struct Dependency: Sendable, Hashable, Decodable {
        struct State: Sendable, Hashable, Decodable {
            var version: String?
            var revision: String
        }

        var identity: String
        var location: String
        var state: State
    }

    private struct Resolution: Decodable {
        var pins: [Dependency]
    }

    /// The dependencies that `Package.resolved` names; none where there is no such file.
    public static func dependencies(resolved text: String) -> [Dependency] {
        (try? JSONDecoder().decode(Resolution.self, from: Data(text.utf8)))?.pins ?? []
    }

    /// - Parameters:
    ///   - name: of the image.
    ///   - rootHash: that of the root; it names the system.
    public init(
        name: String,
        version: SystemVersion,
        created: Timestamp,
        rootHash: String,
        suite: String,
        packages: PackageList,
        dependencies: [Dependency]
    ) {
        self.name = name
        documentNamespace = "https://homie.invalid/spdx/\(name)/\(rootHash)"
        creationInfo = CreationInfo(created: Self.time(created), creators: ["Tool: homie-image"])
        let debian = packages.packages.map { package in
            Package(
                SPDXID: "SPDXRef-deb-\(Self.identifier(package.name))-\(package.architecture)",
                name: package.name,
                versionInfo: package.version,
                supplier: package.maintainer.map(Self.person) ?? "Organization: Debian",
                sourceInfo: package.source.map { "built from the source package \($0)" },
                externalRefs: [
                    Reference(
                        referenceLocator: "pkg:deb/debian/\(package.name)@\(Self.escaped(package.version))"
                            + "?arch=\(package.architecture)&distro=\(suite)"
                    )
                ]
            )
        }
        let swift = dependencies.sorted { $0.identity < $1.identity }.map { dependency in
            Package(
                SPDXID: "SPDXRef-swift-\(Self.identifier(dependency.identity))",
                name: dependency.identity,
                versionInfo: dependency.state.version ?? dependency.state.revision,
                supplier: "NOASSERTION",
                downloadLocation: "git+\(dependency.location)@\(dependency.state.revision)",
                externalRefs: []
            )
        }
        let suiteItself = Package(
            SPDXID: "SPDXRef-homie",
            name: "homie",
            versionInfo: version.text,
            supplier: "NOASSERTION",
            externalRefs: []
        )
        self.packages = [suiteItself] + debian + swift
        relationships =
            [Relationship(spdxElementId: SPDXID, relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-homie")]
            + (debian + swift).map {
                Relationship(
                    spdxElementId: "SPDXRef-homie",
                    relationshipType: "CONTAINS",
                    relatedSpdxElement: $0.SPDXID
                )
            }
    }

    /// The document, with stable keys.
    ///
    /// - Throws: never in practice.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// SPDX knows whole seconds only (section 6.9).
    private static func time(_ created: Timestamp) -> String { created.rfc3339.prefix(19) + "Z" }

    /// `Name <address>` of Debian as SPDX writes it (section 7.5), `Person: Name (address)`; parentheses stand for nothing else.
    private static func person(_ maintainer: String) -> String {
        let plain = maintainer.filter { $0 != "(" && $0 != ")" }
        return "Person: " + String(plain.map { $0 == "<" ? "(" : $0 == ">" ? ")" : $0 })
    }

    /// SPDX identifiers hold letters, digits, `.` and `-`.
    private static func identifier(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-" })
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "+": result += "%2B"
            case ":": result += "%3A"
            case "~": result += "%7E"
            default: result.append(character)
            }
        }
    }
}
