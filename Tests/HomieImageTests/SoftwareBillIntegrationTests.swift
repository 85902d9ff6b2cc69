import Foundation
import HomieImage
import HomieModel
import HomieTestSupport
import Testing

/// The bill of software, read and judged by SPDX's own library (`spdx-tools` of PyPI, which `scripts/lib/reference-python` installs).
/// HOMIE_TEST_PYTHON names the interpreter that has it; HOMIE_TEST_REQUIRE_METRICS=1 says that it was promised.
@Suite struct SoftwareBillIntegrationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let python = environment["HOMIE_TEST_PYTHON"] ?? ""
    static let isPossible = !python.isEmpty || environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"

    /// Names, versions and maintainers as Debian has them, the odd ones first.
    private static let status = [
        ("libstdc++6", "14.2.0-19", "Debian GCC Maintainers <debian-gcc@lists.debian.org>"),
        ("docker.io", "26.1.5+dfsg1-9+b9", "Debian Go Packaging Team <team+pkg-go@tracker.debian.org>"),
        ("libx11-6", "2:1.8.12-1", "Debian X Strike Force <debian-x@lists.debian.org>"),
        ("linux-image-amd64", "6.12.48~rc1-1", "Debian Kernel Team (kernel) <debian-kernel@lists.debian.org>"),
        ("base-files", "13.8", "Santiago Vila <sanvila@debian.org>"), ("nobody", "1", "Nobody"),
    ].map { name, version, maintainer in
        "Package: \(name)\nStatus: install ok installed\nMaintainer: \(maintainer)\nArchitecture: amd64\nVersion: \(version)\n"
    }.joined(separator: "\n")

    @Test(.enabled(if: isPossible)) func `is valid as SPDX's own library sees it`() throws {
        try #require(!Self.python.isEmpty, "HOMIE_TEST_REQUIRE_METRICS is set, but HOMIE_TEST_PYTHON is not")
        let bill = SoftwareBill(
            name: "homie-test-1.0.0",
            version: try SystemVersion(parsing: "1.0.0"),
            created: Timestamp(nanoseconds: 1_788_220_800_000_000_000),
            rootHash: String(repeating: "ab", count: 32),
            suite: "trixie",
            packages: PackageList(status: Self.status),
            dependencies: SoftwareBill.dependencies(
                resolved: #"""
                    {"pins":[{"identity":"yams","location":"https://github.com/jpsim/Yams",
                    "state":{"version":"6.2.2","revision":"473e618fc72bf29741906dd2873cfd5892039c3e"}}]}
                    """#
            )
        )
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("bill-\(UUID().uuidString).spdx.json")
        try Data(try bill.text().utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            import sys
            from spdx_tools.spdx.parser.parse_anything import parse_file
            from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
            document = parse_file(sys.argv[1])
            for message in validate_full_spdx_document(document): print(message.validation_message)
            print(len(document.packages), len(document.relationships))
            print(next(p.supplier.email for p in document.packages if p.name == "linux-image-amd64"))
            """
        let run = try ProgramRun(Self.python, ["-c", script, file.path], within: .seconds(120))
        #expect(run.status == 0, "\(run.complaint)")
        #expect(run.output == "8 8\ndebian-kernel@lists.debian.org\n")
    }
}
