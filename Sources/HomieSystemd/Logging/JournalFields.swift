import Logging

/// The fields of one journal entry, in the order they are sent (systemd.journal-fields(7)).
struct JournalFields: Sendable, Hashable {
    struct Field: Sendable, Hashable {
        let name: String
        let value: String
    }

    private(set) var fields: [Field] = []

    init(event: LogEvent, label: String, metadata: Logger.Metadata) {
        fields = [
            Field(name: "MESSAGE", value: event.message.description),
            Field(name: "PRIORITY", value: String(event.level.journalPriority)),
            Field(name: "SYSLOG_IDENTIFIER", value: label),
            Field(name: "CODE_FILE", value: event.file),
            Field(name: "CODE_LINE", value: String(event.line)),
            Field(name: "CODE_FUNC", value: event.function),
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            fields.append(Field(name: Self.name(for: key), value: value.description))
        }
    }

    /// `HOMIE_` and the key in the letters that the journal allows: A–Z, 0–9 and `_`, at most 64 in all.
    static func name(for key: String) -> String {
        var name = "HOMIE_"
        var previousIsLower = false
        for byte in key.utf8.prefix(64) {
            let scalar = Unicode.Scalar(byte)
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                name.unicodeScalars.append(Unicode.Scalar(byte - 32))
                previousIsLower = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if previousIsLower { name += "_" }
                name.unicodeScalars.append(scalar)
                previousIsLower = false
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                name.unicodeScalars.append(scalar)
                previousIsLower = true
            default:
                name += "_"
                previousIsLower = false
            }
        }
        return String(name.prefix(64))
    }

    /// `NAME=value` of each field, ready for sd_journal_sendv(3). A zero byte is data like any other there.
    var assignments: [[UInt8]] {
        fields.map { Array($0.name.utf8) + [UInt8(ascii: "=")] + Array($0.value.utf8) }
    }
}

extension Logger.Level {
    /// The level of syslog(3), which the journal takes for `PRIORITY`.
    var journalPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
