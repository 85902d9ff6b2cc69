import CMalloc
import Glibc
import HomieSupervisor
import Logging
import ServiceLifecycle

/// Gives memory back that start-up and deployments needed: while the daemon rests, it needs a fraction of it.
struct MemoryService: Service {
    /// Below this there is little to be had.
    private static let threshold = 32 << 20
    private static let pause = Duration.seconds(60)

    let supervisor: Supervisor
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                guard let before = ResidentMemory.bytes(), before > Self.threshold, await supervisor.isAtRest else {
                    continue
                }
                ResidentMemory.release()
                let after = ResidentMemory.bytes() ?? before
                logger.debug("memory given back", metadata: ["before": "\(before)", "after": "\(after)"])
            }
        }
    }
}

/// This process's part of the machine's memory.
enum ResidentMemory {
    /// What is in memory now, in bytes (proc(5), `statm`); nil when the kernel does not say.
    static func bytes() -> Int? {
        guard let text = file("/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Gives freed heap back, and forgets the pages of code: those that are used come back from the page cache, the code of
    /// start-up does not.
    static func release() {
        malloc_trim(0)
        for range in codeRanges() {
            // Nothing was ever written there: a page that is used again is read from its file (madvise(2)).
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// Mappings of files that can be executed and not written (proc(5), `maps`).
    private static func codeRanges() -> [Range<UInt>] {
        guard let text = file("/proc/self/maps") else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { return nil }
            return ends[0]..<ends[1]
        }
    }

    private static func file(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += buffer[..<count]
        }
    }
}
