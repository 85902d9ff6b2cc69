import HomieImage
import HomieModel
import Testing

@Suite struct `A list of packages` {
    private let status = """
        Package: zstd
        Status: install ok installed
        Maintainer: Someone <someone@example.org>
        Architecture: amd64
        Source: libzstd
        Version: 1.5.7+dfsg-1
        Description: fast compressor
         with a text over
         several lines

        Package: gone
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 1

        Package: bash
        Status: install ok installed
        Architecture: amd64
        Version: 5.2.37-2

        """

    @Test func `holds what is installed, by name`() {
        #expect(PackageList(status: status).packages.map(\.pin) == ["bash=5.2.37-2", "zstd=1.5.7+dfsg-1"])
    }

    @Test func `tells what differs from the pins`() {
        let list = PackageList(status: status)
        #expect(list.differences(from: ["bash=5.2.37-2", "zstd=1.5.7+dfsg-1"]).isEmpty)
        #expect(
            list.differences(from: ["bash=5.2.36-1", "zstd=1.5.7+dfsg-1"])
                == ["bash=5.2.37-2 is not pinned", "bash=5.2.36-1 is missing"]
        )
    }

    @Test func `becomes a bill of software`() throws {
        let bill = SoftwareBill(
            name: "homie-test-1.0.0",
            version: try SystemVersion(parsing: "1.0.0"),
            created: Timestamp(nanoseconds: 0),
            rootHash: "ab",
            suite: "trixie",
            packages: PackageList(status: status),
            dependencies: SoftwareBill.dependencies(
                resolved:
                    #"{"pins":[{"identity":"yams","location":"https://x/y","state":{"version":"6.2.2","revision":"c"}}]}"#
            )
        )
        let text = try bill.text()
        #expect(text.contains(#""spdxVersion" : "SPDX-2.3""#))
        #expect(text.contains("pkg:deb/debian/zstd@1.5.7%2Bdfsg-1?arch=amd64&distro=trixie"))
        #expect(text.contains(#""sourceInfo" : "built from the source package libzstd""#))
        #expect(text.contains(#""SPDXID" : "SPDXRef-swift-yams""#))
        #expect(text == (try bill.text()))
    }
}
