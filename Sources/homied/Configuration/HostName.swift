import Glibc

/// What the host says about itself.
enum HostName {
    /// The host's name up to the first dot, as a DNS label; `homie` when it has none.
    static var short: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "homie" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
        let label = name.prefix { $0 != "." }.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let trimmed = String(label).split(separator: "-").joined(separator: "-").prefix(63)
        return trimmed.isEmpty ? "homie" : String(trimmed)
    }

    /// The account's name when it is there and we may work as it; else nil.
    static func account(_ name: String) -> String? { geteuid() == 0 && getpwnam(name) != nil ? name : nil }
}
