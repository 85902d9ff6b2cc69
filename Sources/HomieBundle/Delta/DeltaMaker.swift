internal import FoundationEssentials
internal import HomieModel

/// Makes deltas: from the bundle whose system a device runs to the bundle that it is to install.
public struct DeltaMaker: Sendable {
    private let tools: Toolbox

    public init(tools: Toolbox = Toolbox()) { self.tools = tools }

    /// Writes the delta.
    ///
    /// - Returns: what is in it.
    /// - Throws: ``BundleError``.
    @concurrent
    public func make(from old: String, to new: String, output: String, replaces: Bool = false) async throws -> DeltaPlan
    {
        if !replaces, FileManager.default.fileExists(atPath: output) { throw BundleError.exists(path: output) }
        let reader = BundleReader(tools: tools)
        let before = try await reader.inspect(old)
        let after = try await reader.inspect(new)
        guard before.compatible == after.compatible else {
            throw BundleError.wrongSystem(path: new, found: after.compatible, wanted: before.compatible)
        }
        let scratch = try ScratchDirectory(in: directory(of: output))
        let content = scratch.file("old")
        try await tools.run("unsquashfs", ["-no-progress", "-quiet", "-dest", content, old], to: "unpack '\(old)'")
        let images = before.images.sorted { $0.slotClass < $1.slotClass }
        let space = try BlockSpace(images.map { content + "/" + $0.fileName })
        let bundle = try MappedFile(new)
        let tail = try await BundleTail(new, bundle.bytes, tools)
        let matcher = BlockMatcher(space)
        let pieces = Self.pieces(of: bundle.bytes, tail, matcher)
        let plan = DeltaPlan(
            compatible: after.compatible,
            from: before.version,
            version: after.version,
            sources: images.map { .init(slotClass: $0.slotClass, size: $0.size) },
            size: ByteCount(bytes: Int64(bundle.bytes.count)),
            sha256: try await tools.digest(of: new),
            salt: tail?.salt ?? "",
            pieces: pieces,
            dictionary: matcher.rest(of: pieces)
        )
        try Self.write(plan, space, bundle.bytes, scratch.path)
        let files = ["plan", "literals"].map { scratch.file($0) }
        try await tools.run(.compress(files[0], to: files[0] + ".zst"), to: "compress the delta")
        try await tools.run(
            .compressAgainst(files[1], dictionary: scratch.file("dictionary"), to: files[1] + ".zst"),
            to: "compress the delta"
        )
        try DeltaFile.write(plan: files[0] + ".zst", literals: files[1] + ".zst", to: scratch.file("delta"))
        do {
            if replaces, FileManager.default.fileExists(atPath: output) {
                try FileManager.default.removeItem(atPath: output)
            }
            try FileManager.default.moveItem(atPath: scratch.file("delta"), toPath: output)
        } catch {
            throw BundleError.file(path: output, reason: "it cannot be put there")
        }
        return plan
    }

    private static func pieces(
        of bundle: UnsafeRawBufferPointer,
        _ tail: BundleTail?,
        _ matcher: BlockMatcher
    ) -> [DeltaPlan.Piece] {
        guard let tail else { return matcher.pieces(of: bundle) }
        let front = UnsafeRawBufferPointer(rebasing: bundle[..<tail.tree.lowerBound])
        let rest = bundle.count - tail.tree.upperBound
        return matcher.pieces(of: front) + [.tree] + (rest > 0 ? [.literal(rest)] : [])
    }

    /// Writes the plan, the new bytes and the dictionary as files.
    private static func write(
        _ plan: DeltaPlan,
        _ space: BlockSpace,
        _ bundle: UnsafeRawBufferPointer,
        _ place: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try PlainFile(writing: place + "/plan").append(Array(try encoder.encode(plan)))
        let literals = try PlainFile(writing: place + "/literals")
        var position = 0
        for piece in plan.pieces {
            switch piece {
            case .copy(let run): position += run.count * DeltaPlan.block
            case .literal(let count):
                try literals.append(UnsafeRawBufferPointer(rebasing: bundle[position..<position + count]))
                position += count
            case .tree: position = bundle.count - Self.tailSize(plan)
            }
        }
        let dictionary = try PlainFile(writing: place + "/dictionary")
        for run in plan.dictionary {
            for block in run.first..<run.first + run.count { try dictionary.append(space[block]) }
        }
        for block in 0..<space.count { try dictionary.append(BlockDigest.bytes(of: space[block])) }
    }

    /// What follows the tree.
    private static func tailSize(_ plan: DeltaPlan) -> Int {
        if case .literal(let count)? = plan.pieces.last { count } else { 0 }
    }
}

/// Where the hash tree of a bundle lies, and its salt.
struct BundleTail {
    var salt: String
    /// In bytes.
    var tree: Range<Int>

    /// - Returns: nil where there is no tree, or not the one that would be computed.
    init?(_ path: String, _ bundle: UnsafeRawBufferPointer, _ tools: Toolbox) async throws {
        let said = try await tools.run(.info(bundle: path, configuration: nil, isJSON: false), to: "read '\(path)'")
        func value(_ label: String) -> String? {
            said.split(whereSeparator: \.isNewline).compactMap { line in
                line.firstRange(of: label).map { String(line[$0.upperBound...].filter { $0.isHexDigit }) }
            }.first
        }
        guard let salt = value("Verity Salt:"), let text = value("Verity Size:"), let size = Int(text),
            bundle.count > 8, var tree = HashTree(salt: salt)
        else { return nil }
        // RAUC Reference Manual, "verity Format": the signature and its size, big-endian, are last.
        let signature = bundle.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let end = bundle.count - 8 - Int(clamping: signature)
        let start = end - size
        guard start > 0, end <= bundle.count - 8, start.isMultiple(of: DeltaPlan.block) else { return nil }
        for block in stride(from: 0, to: start, by: DeltaPlan.block) {
            tree.add(UnsafeRawBufferPointer(rebasing: bundle[block..<block + DeltaPlan.block]))
        }
        guard tree.bytes.elementsEqual(bundle[start..<end]) else { return nil }
        self.salt = salt
        self.tree = start..<end
    }
}
