public import HomieModel

extension TimeZoneRules {
    /// Reads a compiled zone file as it lies below `/usr/share/zoneinfo` (TZif versions 1 to 4, RFC 9636).
    ///
    /// - Throws: ``TimeZoneError`` when the bytes are no such file, or count leap seconds.
    public init(file bytes: [UInt8], name: String) throws(TimeZoneError) {
        do throws(Damage) {
            var reader = FileReader(bytes: bytes)
            var header = try reader.header()
            let isWide = header.version >= 0x32
            if isWide {
                try reader.skip(header.blockSize(wide: false))
                header = try reader.header()
            }
            let block = try reader.block(header, isWide: isWide)
            var footer: YearlyRule?
            if isWide, let text = reader.footer(), !text.isEmpty {
                guard let rule = YearlyRule(parsing: text) else { throw Damage(reason: "its footer cannot be read") }
                footer = rule
            }
            self.init(transitions: block.transitions, firstOffset: block.firstOffset, footer: footer)
        } catch {
            throw TimeZoneError.damaged(name, reason: error.reason)
        }
    }

    fileprivate struct Damage: Error {
        var reason: String
    }

    fileprivate struct Header {
        var version: UInt8
        var isUTCount: Int
        var isStandardCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var characterCount: Int

        func blockSize(wide: Bool) -> Int {
            let time = wide ? 8 : 4
            return timeCount * (time + 1) + typeCount * 6 + characterCount + leapCount * (time + 4) + isStandardCount
                + isUTCount
        }
    }

    fileprivate struct FileReader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func skip(_ count: Int) throws(Damage) {
            guard count >= 0, count <= bytes.count - index else { throw Damage(reason: "it is cut off") }
            index += count
        }

        mutating func integer(_ width: Int) throws(Damage) -> Int64 {
            let start = index
            try skip(width)
            var value: Int64 = bytes[start] >= 0x80 ? -1 : 0
            for byte in bytes[start..<index] { value = value << 8 | Int64(byte) }
            return value
        }

        mutating func count() throws(Damage) -> Int {
            let value = try integer(4)
            guard (0...100_000).contains(value) else { throw Damage(reason: "it has impossible counts") }
            return Int(value)
        }

        mutating func header() throws(Damage) -> Header {
            let start = index
            try skip(20)
            guard bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
                throw Damage(reason: "it does not begin with 'TZif'")
            }
            return Header(
                version: bytes[start + 4],
                isUTCount: try count(),
                isStandardCount: try count(),
                leapCount: try count(),
                timeCount: try count(),
                typeCount: try count(),
                characterCount: try count()
            )
        }

        mutating func block(_ header: Header, isWide: Bool) throws(Damage) -> (
            transitions: [Transition], firstOffset: Int64
        ) {
            guard header.typeCount > 0 else { throw Damage(reason: "it names no offset") }
            guard header.leapCount == 0 else { throw Damage(reason: "it counts leap seconds") }
            var times: [Int64] = []
            for _ in 0..<header.timeCount { times.append(try integer(isWide ? 8 : 4)) }
            guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw Damage(reason: "its times are out of order")
            }
            let types = index
            try skip(header.timeCount)
            var offsets: [Int64] = []
            for _ in 0..<header.typeCount {
                offsets.append(try integer(4))
                try skip(2)
            }
            var transitions: [Transition] = []
            for (number, time) in times.enumerated() {
                let type = Int(bytes[types + number])
                guard type < offsets.count else { throw Damage(reason: "it uses an offset it does not name") }
                transitions.append(Transition(at: time, offset: offsets[type]))
            }
            guard offsets.allSatisfy({ abs($0) < 90_000 }) else { throw Damage(reason: "it has impossible offsets") }
            try skip(header.characterCount + header.isStandardCount + header.isUTCount)
            return (transitions, offsets[0])
        }

        func footer() -> String? {
            guard index < bytes.count, bytes[index] == 0x0A, let end = bytes[(index + 1)...].firstIndex(of: 0x0A) else {
                return nil
            }
            return String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        }
    }
}

/// A time zone that cannot be used.
public enum TimeZoneError: UserFacingError, Equatable {
    case unknown(String)
    case damaged(String, reason: String)

    public var summary: String {
        switch self {
        case .unknown(let name): "there is no time zone '\(name.prefix(80))'"
        case .damaged(let name, let reason): "the file of time zone '\(name)' cannot be used: \(reason)"
        }
    }

    public var hint: String? {
        switch self {
        case .unknown: "use a name of the IANA time zone database, such as Europe/Berlin"
        case .damaged: "install the package tzdata again"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .unknown: .usage
        case .damaged: .failed
        }
    }
}
