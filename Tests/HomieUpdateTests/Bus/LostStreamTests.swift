import HomieBus
import Testing

@Suite struct `A stream that was lost before its first byte` {
    private static let words =
        "Failed mounting bundle: Failed to load dm table: Argument list too long, check DM_VERITY"

    @Test func `is told from other failures by RAUC's words`() {
        let url = "http://homie.example/a.raucb"
        #expect(RaucError.installFailed(bundle: url, cause: .other, message: Self.words).hasLostStream)
        #expect(!RaucError.installFailed(bundle: url, cause: .other, message: "Failed mounting bundle").hasLostStream)
        #expect(!RaucError.daemonDied(bundle: url).hasLostStream)
    }

    @Test func `cannot be where nothing is streamed`() {
        #expect(!RaucError.installFailed(bundle: "/a.raucb", cause: .other, message: Self.words).hasLostStream)
    }
}
