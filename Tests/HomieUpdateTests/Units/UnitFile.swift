import Foundation

/// A unit of the appliance, or a drop-in, as it lies in the repository.
struct UnitFile {
    private let settings: [(section: String, name: String, value: String)]

    /// - Parameter path: below the repository.
    init(_ path: String) throws {
        let text = try RepositoryFile.text(path)
        var section = ""
        var settings: [(section: String, name: String, value: String)] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                section = String(line.dropFirst().dropLast())
            } else if let sign = line.firstIndex(of: "=") {
                settings.append((section, String(line[..<sign]), String(line[line.index(after: sign)...])))
            }
        }
        self.settings = settings
    }

    /// All values of a setting, in order.
    subscript(_ section: String, _ name: String) -> [String] {
        settings.filter { $0.section == section && $0.name == name }.map(\.value)
    }

    /// The words of all values of a setting.
    func words(_ section: String, _ name: String) -> Set<String> {
        Set(self[section, name].flatMap { $0.split(separator: " ").map(String.init) })
    }
}

/// A file of the repository.
enum RepositoryFile {
    static func path(_ path: String) -> String {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized.path + "/" + path
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: Self.path(path), encoding: .utf8) }
}
