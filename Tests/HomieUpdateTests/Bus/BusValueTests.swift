import HomieBus
import HomieModel
import Testing

struct BusValueTests {
    @Test("signatures are those of the D-Bus specification")
    func signatures() {
        #expect(BusValue.structure([.int32(1), .string("a"), .int32(2)]).signature == "(isi)")
        #expect(BusValue.array(of: "(sa{sv})", []).signature == "a(sa{sv})")
        #expect(BusValue.options(["a": .boolean(true)]).signature == "a{sv}")
        #expect(BusValue.entry(key: .string("a"), value: .uint32(3)).signature == "{su}")
    }

    @Test("numbers of any width are read as whole numbers, through variants")
    func integers() {
        #expect(BusValue.variant(.variant(.byte(7))).integer == 7)
        #expect(BusValue.uint64(.max).integer == nil)
        #expect(BusValue.string("7").integer == nil)
    }
}

struct RaucErrorTests {
    @Test(
        "RAUC's words are understood",
        arguments: [
            ("signature verification failed: Verify error: self-signed certificate", RaucError.Cause.untrustedSigner),
            ("signature verification failed: Verify error: unable to get local issuer certificate", .untrustedSigner),
            (
                "Installation error: Compatible mismatch: Expected 'homie-test' but bundle manifest has 'x'",
                .wrongCompatible
            ),
            ("Invalid bundle format: Signature size (18312508766153500374) exceeds bundle size", .truncated),
            ("signature verification failed: error:1700009E:CMS routines::verification failure", .corrupted),
            ("Failed mounting bundle: Failed to open /dev/mapper/control: No such file or directory", .deviceMapper),
            ("failed updating slot rootfs.1: No space left on device", .diskFull),
            ("something new", .other),
        ]
    )
    func causes(_ text: String, _ cause: RaucError.Cause) {
        #expect(RaucError.Cause(lastError: text) == cause)
    }

    @Test("every cause has a sentence and a remedy", arguments: RaucError.Cause.allCases)
    func remedies(_ cause: RaucError.Cause) {
        let error = RaucError.installFailed(bundle: "/tmp/x.raucb", cause: cause, message: "why")
        #expect(error.summary.contains("/tmp/x.raucb") && error.summary.contains("why"))
        #expect(error.hint != nil)
    }
}
