internal import FoundationEssentials
internal import HomieModel

/// A delta as a file: one line that says how long the rest is, the plan, the new bytes; both compressed by zstd (RFC 8878),
/// the new bytes against the plan's dictionary.
struct DeltaFile {
    private static let magic = "homie-delta 1"
    /// A plan is a few kilobytes for each megabyte that is new.
    private static let planLimit: Int64 = 64_000_000

    let path: String
    let plan: Range<Int64>
    let literals: Range<Int64>

    /// - Throws: ``BundleError/notADelta(path:reason:)``, ``BundleError/file(path:reason:)``.
    init(reading path: String) throws {
        self.path = path
        let size = try FileFacts.size(of: path)
        let file = try PlainFile(reading: path)
        var head = [UInt8](repeating: 0, count: Int(min(size, 100)))
        try head.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        guard let end = head.firstIndex(of: 0x0A) else { throw Self.wrong(path) }
        let words = String(decoding: head[..<end], as: UTF8.self).split(separator: " ").map(String.init)
        guard words.count == 4, words[0] + " " + words[1] == Self.magic, let planSize = Int64(words[2]),
            let literalSize = Int64(words[3]), (1...Self.planLimit).contains(planSize), literalSize >= 0,
            Int64(end + 1) + planSize <= size, literalSize == size - Int64(end + 1) - planSize
        else { throw Self.wrong(path) }
        plan = Int64(end + 1)..<Int64(end + 1) + planSize
        literals = plan.upperBound..<size
    }

    private static func wrong(_ path: String) -> BundleError {
        .notADelta(path: path, reason: "it does not begin as one, or is not whole")
    }

    /// Copies a part into a file of its own.
    func extract(_ range: Range<Int64>, to target: String) throws {
        let source = try PlainFile(reading: path)
        let copy = try PlainFile(writing: target)
        try source.forEachChunk(of: 1 << 20, in: range) { try copy.append($0) }
    }

    /// Puts one together.
    static func write(plan: String, literals: String, to path: String) throws {
        let planSize = try FileFacts.size(of: plan)
        let literalSize = try FileFacts.size(of: literals)
        let file = try PlainFile(writing: path)
        try file.append(Array("\(magic) \(planSize) \(literalSize)\n".utf8))
        for (part, size) in [(plan, planSize), (literals, literalSize)] {
            let source = try PlainFile(reading: part)
            try source.forEachChunk(of: 1 << 20, in: 0..<size) { try file.append($0) }
        }
        try file.settle()
    }
}

/// The command lines of `zstd` (zstd(1)).
enum ZstdCommand {
    case compress(String, to: String)
    case decompress(String, to: String)
    /// Against a dictionary, however large it is.
    case compressAgainst(String, dictionary: String, to: String)
    case decompressAgainst(String, dictionary: String, to: String)

    var arguments: [String] {
        switch self {
        case .compress(let input, let output): ["-q", "-f", "-19", input, "-o", output]
        case .decompress(let input, let output): ["-q", "-f", "-d", input, "-o", output]
        case .compressAgainst(let input, let dictionary, let output):
            ["-q", "-f", "-19", "--long=27", "--patch-from=\(dictionary)", input, "-o", output]
        case .decompressAgainst(let input, let dictionary, let output):
            // As much memory as was taken to make it, and no more than a gigabyte.
            ["-q", "-f", "-d", "--long=30", "--patch-from=\(dictionary)", input, "-o", output]
        }
    }
}

extension Toolbox {
    func run(_ command: ZstdCommand, to deed: String) async throws {
        try await run("zstd", command.arguments, to: deed)
    }
}
