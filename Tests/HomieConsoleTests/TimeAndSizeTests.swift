import HomieConsole
import HomieModel
import Testing

@Suite("Times and sizes as a person says them")
struct TimeAndSizeTests {
    private let now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    @Test(
        "times are relative to now",
        arguments: [
            (0.2, "just now"), (1, "1 second ago"), (59.9, "59 seconds ago"), (60, "1 minute ago"),
            (185, "3 minutes ago"), (7200, "2 hours ago"), (86_400 * 3, "3 days ago"), (86_400 * 20, "2 weeks ago"),
            (86_400 * 70, "2 months ago"), (86_400 * 800, "2 years ago"), (-5, "in 5 seconds"),
        ] as [(Double, String)]
    )
    func relative(seconds: Double, text: String) {
        let time = Timestamp(nanoseconds: now.nanoseconds - Int64(seconds * 1_000_000_000))
        #expect(TimeText.relative(time, now: now) == text)
    }

    @Test(
        "what takes time is told in the units that matter",
        arguments: [(0.04, "0.0 s"), (0.44, "0.4 s"), (12.34, "12.3 s"), (125, "2 min 5 s"), (3725, "1 h 2 min")]
            as [(Double, String)]
    )
    func elapsed(seconds: Double, text: String) { #expect(TimeText.elapsed(.seconds(seconds)) == text) }

    @Test("a clock time is in UTC to the second")
    func clock() { #expect(TimeText.clock(now) == "2023-11-14 22:13:20") }

    @Test(
        "sizes have one decimal below ten",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10_240, "10 KiB"),
            (1_048_575, "1 MiB"), (25_165_824, "24 MiB"), (Int64.max, "8 EiB"),
        ]
    )
    func sizes(bytes: Int64, text: String) { #expect(SizeText.of(ByteCount(bytes: bytes)) == text) }

    @Test("times and lengths at the edge of what can be told are told")
    func edges() {
        #expect(TimeText.relative(Timestamp(nanoseconds: .min), now: now) == "292 years ago")
        #expect(TimeText.relative(now, now: Timestamp(nanoseconds: .min)) == "in 292 years")
        #expect(TimeText.elapsed(.seconds(1e30)) == "2562047 h 47 min")
    }
}
