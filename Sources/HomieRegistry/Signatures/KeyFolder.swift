internal import FoundationEssentials
internal import HomieSupervisor

/// A folder of public keys, `NAME.pub` each, as `cosign generate-key-pair` makes them.
struct KeyFolder: Sendable {
    let path: String

    /// What is in it now; nothing when it is not there.
    func read() -> ImageKeys {
        var found = ImageKeys()
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            if FileManager.default.fileExists(atPath: path) { found.problems.append("\(path): cannot be read") }
            return found
        }
        for file in files.sorted() where file.hasSuffix(".pub") {
            guard let data = FileManager.default.contents(atPath: "\(path)/\(file)"), data.count <= 1 << 16,
                let text = String(validating: data, as: UTF8.self)
            else {
                found.problems.append("\(file): cannot be read")
                continue
            }
            guard SignatureJudge.isKey(text) else {
                found.problems.append("\(file): is no public key of the kind P-256 in PEM")
                continue
            }
            found.keys.append(ImageKeys.Key(name: String(file.dropLast(".pub".count)), text: text))
        }
        return found
    }
}
