import HomieModel
import Testing

@testable import HomieAccess

@Suite("What waits in a room with bounds")
struct WaitingRoomTests {
    private func at(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    @Test func `when it is full the client with the most loses its oldest`() throws {
        var room = WaitingRoom<Int>(capacity: 5, share: 3)
        for (number, client) in ["one", "many", "many", "many", "two"].enumerated() {
            try room.add(number, as: "\(number)", of: client, until: at(100), at: at(0))
        }
        #expect(throws: AccessError.throttled(after: .seconds(90), policy: "sign-in")) {
            try room.add(9, as: "9", of: "many", until: at(110), at: at(10))
        }
        #expect(room.value("9", at: at(10)) == nil)
        try room.add(5, as: "5", of: "three", until: at(100), at: at(10))
        #expect((0...5).filter { room.value("\($0)", at: at(10)) != nil } == [0, 2, 3, 4, 5])
        try room.add(6, as: "6", of: "four", until: at(100), at: at(10))
        // Each has one now: the oldest of all goes.
        try room.add(7, as: "7", of: "five", until: at(100), at: at(10))
        #expect((0...7).filter { room.value("\($0)", at: at(10)) != nil } == [3, 4, 5, 6, 7])
    }

    @Test func `what has waited its time is not there any more, and counts no more`() throws {
        var room = WaitingRoom<Int>(capacity: 2, share: 1)
        try room.add(1, as: "a", of: "one", until: at(100), at: at(0))
        #expect(room.value("a", at: at(99)) == 1 && room.value("a", at: at(100)) == nil)
        #expect(room.first(at: at(99)) { $0 == 1 }?.id == "a" && room.first(at: at(100)) { $0 == 1 } == nil)
        try room.add(2, as: "b", of: "one", until: at(200), at: at(100))
        room.update("b") { $0 = 3 }
        #expect(room.take("b", at: at(100)) == 3 && room.take("b", at: at(100)) == nil)
        try room.add(4, as: "c", of: "one", until: at(200), at: at(100))
    }
}
