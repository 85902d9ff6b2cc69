import HomieBundle
import HomieModel
import Testing

struct CommandLineTests {
    private let signer = Signer(certificate: "c.pem", key: "k.pem", intermediates: ["i.pem"])

    @Test("rauc's command lines")
    func rauc() {
        #expect(
            RaucCommand.bundle(content: "in", output: "out", signer: signer, squashfs: SquashfsSettings()).arguments
                == [
                    "bundle", "--cert=c.pem", "--key=k.pem", "--intermediate=i.pem",
                    "--mksquashfs-args=-b 4096 -comp zstd -noD -noF",
                    "in", "out",
                ]
        )
        #expect(
            RaucCommand.info(bundle: "b", configuration: nil, isJSON: true).arguments
                == ["info", "--no-verify", "--output-format=json", "b"]
        )
        #expect(
            RaucCommand.info(bundle: "b", configuration: "s.conf", isJSON: false).arguments
                == ["--conf=s.conf", "info", "--output-format=readable", "b"]
        )
    }

    @Test("only the named authorities verify an index, never those of the web")
    func verify() {
        let words = OpenSSLCommand.verify(signed: "s", authorities: "ca.pem", output: "o").arguments
        #expect(words.contains("-no-CApath") && words.contains("-no-CAstore"))
        #expect(!words.contains("-noverify") && !words.contains("-nosigs"))
    }

    @Test("a key on a token is used where it is")
    func token() {
        let signer = Signer(certificate: "pkcs11:object=r", key: "pkcs11:object=r")
        let words = OpenSSLCommand.sign(document: "d", output: "o", signer: signer).arguments
        #expect(words.contains("pkcs11") && words.contains("pkcs11:object=r"))
    }

    @Test("the manifest is what RAUC reads")
    func manifest() throws {
        let manifest = try BundleManifest(
            compatible: SystemKind(parsing: "homie-test"),
            version: SystemVersion(parsing: "1.2.3"),
            description: "back\\slash",
            images: [.init(slotClass: "boot"), .init(slotClass: "rootfs", isAdaptive: true)],
            installCheck: "hook",
            meta: ["homie": ["schema": "3"]]
        )
        #expect(
            manifest.text == """
                [update]
                compatible=homie-test
                version=1.2.3
                description=back\\\\slash

                [bundle]
                format=verity

                [hooks]
                filename=hook
                hooks=install-check

                [image.boot]
                filename=boot.img

                [image.rootfs]
                filename=rootfs.img
                adaptive=block-hash-index

                [meta.homie]
                schema=3

                """
        )
    }

    @Test("a manifest cannot be talked into further lines")
    func injection() throws {
        let kind = try SystemKind(parsing: "homie-test")
        let version = try SystemVersion(parsing: "1")
        #expect(throws: BundleError.self) {
            try BundleManifest(
                compatible: kind,
                version: version,
                description: "a\n[keyring]",
                images: [.init(slotClass: "rootfs")]
            )
        }
        #expect(throws: BundleError.self) {
            try BundleManifest(compatible: kind, version: version, images: [.init(slotClass: "../x")])
        }
        #expect(throws: BundleError.self) { try BundleManifest(compatible: kind, version: version, images: []) }
    }
}
