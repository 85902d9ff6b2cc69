/// Reads a write-ahead log the way SQLite's recovery does, to find damage that recovery would pass over in silence.
///
/// Recovery takes frames up to the first whose checksum is wrong, and forgets the rest: right for the tail a power cut
/// tore, wrong for a log damaged in the middle, whose later commits were durable. As every commit is synced before the
/// next begins, only one commit can be torn; two or more commits behind the first bad frame are damage.
///
/// File format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.
enum WriteAheadLog {
    enum Verdict: Equatable {
        case sound(commits: Int)
        case damaged(String)
    }

    static func examine(_ bytes: [UInt8]) -> Verdict {
        guard bytes.count >= 32 else { return .sound(commits: 0) }
        let magic = word(bytes, 0)
        guard magic == 0x377F_0682 || magic == 0x377F_0683 else {
            return bytes.count > 32 ? .damaged("the log's first bytes are not a header") : .sound(commits: 0)
        }
        let isBigEndian = magic & 1 == 1
        let pageSize = Int(word(bytes, 8))
        guard (512...65_536).contains(pageSize), pageSize & (pageSize - 1) == 0 else {
            return .damaged("the log's page size is impossible")
        }
        var sum = checksum(bytes[0..<24], isBigEndian: isBigEndian, from: (0, 0))
        guard sum == (word(bytes, 24), word(bytes, 28)) else { return .damaged("the log's header is damaged") }

        let frameSize = 24 + pageSize
        var offset = 32
        var commits = 0
        while offset + frameSize <= bytes.count, bytes[offset + 8..<offset + 16] == bytes[16..<24] {
            var next = checksum(bytes[offset..<offset + 8], isBigEndian: isBigEndian, from: sum)
            next = checksum(bytes[offset + 24..<offset + frameSize], isBigEndian: isBigEndian, from: next)
            guard next == (word(bytes, offset + 16), word(bytes, offset + 20)) else { break }
            sum = next
            if word(bytes, offset + 4) != 0 { commits += 1 }
            offset += frameSize
        }
        let lost = commitFrames(in: bytes, from: offset, frameSize: frameSize)
        guard lost < 2 else { return .damaged("the log is damaged at byte \(offset), before \(lost) commits") }
        return .sound(commits: commits)
    }

    /// Frames at or behind `offset` that belong to the log's present generation and end a commit.
    private static func commitFrames(in bytes: [UInt8], from offset: Int, frameSize: Int) -> Int {
        var count = 0
        var position = offset
        while position + frameSize <= bytes.count {
            let isPresent = bytes[position + 8..<position + 16] == bytes[16..<24]
            if isPresent, word(bytes, position + 4) != 0 { count += 1 }
            position += frameSize
        }
        return count
    }

    private static func checksum(
        _ bytes: ArraySlice<UInt8>,
        isBigEndian: Bool,
        from start: (UInt32, UInt32)
    ) -> (UInt32, UInt32) {
        var (first, second) = start
        bytes.withUnsafeBytes { raw in
            for index in stride(from: 0, to: raw.count - 7, by: 8) {
                let left = raw.loadUnaligned(fromByteOffset: index, as: UInt32.self)
                let right = raw.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self)
                first &+= (isBigEndian ? UInt32(bigEndian: left) : UInt32(littleEndian: left)) &+ second
                second &+= (isBigEndian ? UInt32(bigEndian: right) : UInt32(littleEndian: right)) &+ first
            }
        }
        return (first, second)
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
            | UInt32(bytes[offset + 3])
    }
}
