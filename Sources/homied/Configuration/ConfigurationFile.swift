import FoundationEssentials
import HomieModel

/// The configuration file: one `name = value` a line, `#` begins a comment.
enum ConfigurationFile {
    static func parse(
        _ content: String,
        path: String
    ) throws(ConfigurationError) -> [Setting: (value: String, line: Int)] {
        var values: [Setting: (value: String, line: Int)] = [:]
        var number = 0
        for raw in content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let line = trimmed(raw)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let sign = line.firstIndex(of: "=") else { throw .notAnAssignment(path: path, line: number) }
            let name = trimmed(line[..<sign])
            guard let setting = Setting(rawValue: name) else {
                throw .unknownSetting(path: path, line: number, name: name)
            }
            guard values[setting] == nil else { throw .repeated(path: path, line: number, name: name) }
            values[setting] = (trimmed(line[line.index(after: sign)...]), number)
        }
        return values
    }

    /// Reads a file; nil when it is optional and not there.
    static func read(_ path: String, isOptional: Bool) throws(ConfigurationError) -> (path: String, content: String)? {
        guard let data = FileManager.default.contents(atPath: path) else {
            if isOptional && !FileManager.default.fileExists(atPath: path) { return nil }
            throw .unreadable(path: path)
        }
        guard let content = String(validating: data, as: UTF8.self) else { throw .notUTF8(path: path) }
        return (path, content)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var slice = Substring(text)
        while let first = slice.first, first == " " || first == "\t" { slice.removeFirst() }
        while let last = slice.last, last == " " || last == "\t" { slice.removeLast() }
        return String(slice)
    }
}
