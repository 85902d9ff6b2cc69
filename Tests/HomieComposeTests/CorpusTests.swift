import Foundation
import HomieCompose
import HomieModel
import Testing

/// The disk, for the corpus.
private struct Disk: ComposeFileSystem {
    func read(_ path: String) throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

/// Compares with the reference implementation on the files of HOMIE_CORPUS (`<collection>/<case>/…`).
@Suite("Corpus", .enabled(if: ProcessInfo.processInfo.environment["HOMIE_CORPUS"] != nil))
struct CorpusTests {
    @Test("at least 99 of 100 published files give what Docker Compose gives")
    func agreesWithTheReference() throws {
        let environment = ProcessInfo.processInfo.environment
        let root = try #require(environment["HOMIE_CORPUS"])
        var total = 0
        var failures: [String] = []
        for collection in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(collection)").sorted() {
                let directory = "\(root)/\(collection)/\(name)"
                guard FileManager.default.fileExists(atPath: "\(directory)/compose.yaml") else { continue }
                total += 1
                if let difference = judge(directory, environment) {
                    failures.append("\(collection)/\(name): \(difference)")
                }
            }
        }
        print("\(total - failures.count)/\(total) agree")
        for failure in failures.prefix(Int(environment["HOMIE_CORPUS_SHOW"] ?? "") ?? 40) { print(failure) }
        #expect(total > 0)
        #expect(failures.count * 100 <= total)
    }

    private func judge(_ directory: String, _ environment: [String: String]) -> String? {
        let disk = Disk()
        let files = ["compose.yaml", "compose.override.yaml"].map { "\(directory)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        var options = ComposeOptions(
            files: files,
            projectName: "t",
            environment: environment,
            envFiles: ["\(directory)/vars.env"],
            homeDirectory: environment["HOME"]
        )
        options.resolvesPaths = environment["HOMIE_CORPUS_RESOLVED"] != nil
        let expected = try? disk.read("\(directory)/expected.json")
        do {
            let project = try ComposeLoader(files: disk).load(options)
            guard let expected else { return "accepted, must be refused" }
            let wanted = try JSONDecoder().decode(JSONValue.self, from: Data(expected))
            // Through text, so that numbers are compared as they are written.
            let written = try JSONEncoder().encode(project.document)
            let found = difference(try JSONDecoder().decode(JSONValue.self, from: written), wanted, "")
            return try found ?? roundTrip(project)
        } catch {
            return expected == nil ? nil : "refused: \(error)"
        }
    }

    /// What changes when a project goes over the wire.
    private func roundTrip(_ project: ComposeProject) throws -> String? {
        let wire = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(project.wireDocument))
        let again = try ComposeProject.validate(document: wire)
        return difference(again.document, project.document, "over the wire ")
    }

    private func difference(_ own: JSONValue, _ wanted: JSONValue, _ path: String) -> String? {
        switch (own, wanted) {
        case (.object(let one), .object(let other)):
            for key in Set(one.keys).union(other.keys).sorted() {
                guard let left = one[key], let right = other[key] else {
                    return "\(path).\(key): \(one[key].map { "\($0)" } ?? "-") instead of "
                        + "\(other[key].map { "\($0)" } ?? "-")"
                }
                if let found = difference(left, right, "\(path).\(key)") { return found }
            }
            return nil
        case (.array(let one), .array(let other)) where one.count == other.count:
            for (index, pair) in zip(one, other).enumerated() {
                if let found = difference(pair.0, pair.1, "\(path)[\(index)]") { return found }
            }
            return nil
        default:
            return own == wanted ? nil : "\(path): \(own) instead of \(wanted)"
        }
    }
}
