import FoundationEssentials
import Testing

/// A text kept beside the tests, whose changes are reviewed. `HOMIE_UPDATE_GOLDEN=1` writes them anew.
enum GoldenFile {
    static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["HOMIE_UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
        let kept = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        guard kept != text else { return }
        let old = kept.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).enumerated().first { $1.0 != $1.1 }
        let number = line.map { $0.offset + 1 } ?? min(old.count, new.count) + 1
        Issue.record(
            "\(name) differs in line \(number): \(line.map { "\($0.element)" } ?? "its length")",
            sourceLocation: sourceLocation
        )
    }
}
