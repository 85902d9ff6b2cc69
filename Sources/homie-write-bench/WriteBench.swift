import FoundationEssentials
import HomieModel
import HomieStore
import HomieSupervisor
import Synchronization

/// Measures how many durable commits a second the store makes when many arrive at once, or one after another;
/// `scripts/bench` runs it.
@main
struct WriteBench {
    private static let seconds = 3.0

    static func main() async throws {
        guard CommandLine.arguments.count == 3, let writers = Int(CommandLine.arguments[1]), writers > 0 else {
            throw BenchError.usage
        }
        let clocks = Clocks.system()
        let store = try SQLiteStateStore(directory: CommandLine.arguments[2], now: clocks.wall())
        let numbers = Numbers()
        let start = clocks.uptime()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<writers {
                group.addTask {
                    while clocks.uptime().seconds - start.seconds < seconds {
                        let event = EventRecord(
                            id: numbers.next(),
                            at: clocks.wall(),
                            kind: "bench",
                            message: "something happened"
                        )
                        try await store.commit([.appendEvent(event)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let elapsed = clocks.uptime().seconds - start.seconds
        let count = numbers.last
        print("\(Double(count) / elapsed) commits a second in \(store.transactionCount) transactions")
        try store.close()
    }
}

enum BenchError: Error, CustomStringConvertible {
    case usage

    var description: String { "usage: homie-write-bench WRITERS DIRECTORY" }
}

/// Event numbers, never the same twice.
final class Numbers: Sendable {
    private let count = Atomic<Int64>(0)

    var last: Int64 { count.load(ordering: .relaxed) }

    func next() -> Int64 { count.add(1, ordering: .relaxed).newValue }
}
