import HomieModel
import Synchronization
import Testing

@testable import HomieAccess

@Suite("Rate limits")
struct RateLimiterTests {
    private let policy = RatePolicy("test", count: 10, window: .seconds(10))

    @Test func `a burst is let through, then one at each interval`() {
        var arrival: Int64?
        var now: Int64 = 1_000_000_000_000
        func ask() -> RateVerdict {
            let (verdict, next) = GCRA.decide(policy, arrival: arrival, now: now)
            arrival = next
            return verdict
        }
        for left in (0..<10).reversed() {
            let verdict = ask()
            #expect(verdict.isAllowed && verdict.remaining == left)
        }
        let refused = ask()
        #expect(!refused.isAllowed && refused.wait == .seconds(1))
        now += 999_999_999
        #expect(!ask().isAllowed)
        now += 1
        #expect(ask().isAllowed)
        #expect(!ask().isAllowed)
        now += 60_000_000_000
        #expect(ask().remaining == 9)
    }

    @Test func `over any window no more than twice the count get through`() {
        var generator = SeededNumbers(seed: 11)
        var arrival: Int64?
        var now: Int64 = 0
        var allowed: [Int64] = []
        for _ in 0..<20_000 {
            now += Int64.random(in: 0...400_000_000, using: &generator)
            let (verdict, next) = GCRA.decide(policy, arrival: arrival, now: now)
            arrival = next
            if verdict.isAllowed { allowed.append(now) }
        }
        for (index, time) in allowed.enumerated() where index >= 20 {
            #expect(time - allowed[index - 20] >= 10_000_000_000)
        }
        #expect(allowed.count > 3500)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
        ("64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"),
        // None of these is an address.
        ("unknown", "unknown"), ("", ""), ("1:2:3", "1:2:3"), ("1::2::3", "1::2::3"), ("12345::", "12345::"),
        ("1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7::8"), ("1:2:3:4:5:6:7::", "1:2:3:4::/64"),
        ("1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8::"), ("+1::", "+1::"),
        (":::", ":::"), ("::1.2.3", "::1.2.3"), ("::1.2.3.256", "::1.2.3.256"),
    ])
    func `a client is an IPv4 address, or the network of an IPv6 one`(address: String, key: String) {
        #expect(ClientKey.of(address) == key)
    }

    @Test func `clients do not share`() {
        let time = Mutex<Int64>(0)
        let limiter = RateLimiter(policy) { TimeSpan(nanoseconds: time.withLock { $0 }) }
        for _ in 0..<10 { #expect(limiter.admit("a").isAllowed) }
        #expect(!limiter.admit("a").isAllowed)
        #expect(limiter.admit("b").isAllowed)
        limiter.forgive("a")
        #expect(limiter.admit("a").isAllowed)
    }
}

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
