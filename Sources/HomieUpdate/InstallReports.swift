internal import FoundationEssentials
public import HomieModel

/// How the newest install goes, in a file that others look at while it runs; gone with the next start of the device.
public struct InstallReports: Sendable, Hashable {
    private let directory: String

    public init(directory: String) { self.directory = directory }

    private var path: String { directory + "/install.json" }

    /// Nil when there has been none, or nothing that can be read.
    public var last: InstallReport? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(InstallReport.self, from: data)
    }

    /// Puts a report in the place of the one before.
    ///
    /// - Throws: ``UpdateError/state(path:reason:)``.
    public func put(_ report: InstallReport) throws(UpdateError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(report).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .state(path: path, reason: "it cannot be written")
        }
    }
}
