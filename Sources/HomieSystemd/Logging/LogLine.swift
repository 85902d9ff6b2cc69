import FoundationEssentials
import Glibc
import HomieModel
import Logging

/// One log event as a line for a person or for a program.
struct LogLine: Sendable {
    let event: LogEvent
    let label: String
    let metadata: Logger.Metadata
    let time: Timestamp

    /// The wall clock's time.
    static func now() -> Timestamp {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        return Timestamp(nanoseconds: Int64(clock.tv_sec) * 1_000_000_000 + Int64(clock.tv_nsec))
    }

    /// The line without its line break. Line breaks within are escaped, so that an event is always one line.
    func text(as format: LogFormat) -> String {
        switch format {
        case .text: plainText
        case .json: json
        }
    }

    private var plainText: String {
        var text = "\(time.rfc3339) \(event.level.rawValue) \(label): \(event.message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let value = value.description
            text += value.contains(" ") || value.isEmpty ? " \(key)=\"\(value)\"" : " \(key)=\(value)"
        }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            // Escape sequences in a message must not steer the reader's terminal.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    private var json: String {
        var members: [String: JSONValue] = [
            "time": .string(time.rfc3339), "level": .string(event.level.rawValue), "label": .string(label),
            "message": .string(event.message.description), "source": .string("\(event.file):\(event.line)"),
        ]
        if !metadata.isEmpty { members["metadata"] = .object(metadata.mapValues(Self.value)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(JSONValue.object(members)), as: UTF8.self)
        } catch {
            return plainText
        }
    }

    private static func value(_ metadata: Logger.MetadataValue) -> JSONValue {
        switch metadata {
        case .string(let text): .string(text)
        case .stringConvertible(let convertible): .string(convertible.description)
        case .array(let elements): .array(elements.map(value))
        case .dictionary(let members): .object(members.mapValues(value))
        }
    }
}
