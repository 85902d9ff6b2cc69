internal import FoundationEssentials
internal import HomieModel

/// Puts a bundle together on the device.
public struct DeltaApplier: Sendable {
    private static let block = DeltaPlan.block

    private let tools: Toolbox

    public init(tools: Toolbox = Toolbox()) { self.tools = tools }

    /// What a delta is for.
    ///
    /// - Throws: ``BundleError``.
    public func plan(_ path: String) async throws -> DeltaPlan {
        let file = try DeltaFile(reading: path)
        let scratch = try ScratchDirectory(in: directory(of: path))
        try file.extract(file.plan, to: scratch.file("plan.zst"))
        try await tools.run(.decompress(scratch.file("plan.zst"), to: scratch.file("plan")), to: "read '\(path)'")
        guard let data = FileManager.default.contents(atPath: scratch.file("plan")),
            let plan = try? JSONDecoder().decode(DeltaPlan.self, from: data)
        else { throw BundleError.notADelta(path: path, reason: "its plan cannot be understood") }
        if let fault = plan.fault { throw BundleError.notADelta(path: path, reason: fault) }
        return plan
    }

    /// Writes the bundle; it is there as a whole, with the digest that the plan names, or not at all.
    ///
    /// - Parameter devices: where the images of the running system are, by slot class.
    /// - Throws: ``BundleError``.
    @concurrent
    public func apply(_ path: String, devices: [String: String], output: String) async throws {
        let plan = try await plan(path)
        let scratch = try ScratchDirectory(in: directory(of: output))
        let sources = try Sources(plan, devices)
        try Self.writeDictionary(plan, sources, to: scratch.file("dictionary"))
        let file = try DeltaFile(reading: path)
        try file.extract(file.literals, to: scratch.file("literals.zst"))
        try await tools.run(
            .decompressAgainst(
                scratch.file("literals.zst"),
                dictionary: scratch.file("dictionary"),
                to: scratch.file("literals")
            ),
            to: "unpack '\(path)': is it made for another system than the one that runs?"
        )
        try Self.assemble(plan, sources, literals: scratch.file("literals"), to: scratch.file("bundle"))
        do {
            if FileManager.default.fileExists(atPath: output) { try FileManager.default.removeItem(atPath: output) }
            try FileManager.default.moveItem(atPath: scratch.file("bundle"), toPath: output)
        } catch {
            throw BundleError.file(path: output, reason: "it cannot be put there")
        }
    }

    private static func writeDictionary(_ plan: DeltaPlan, _ sources: borrowing Sources, to path: String) throws {
        let dictionary = try PlainFile(writing: path)
        for run in plan.dictionary { try sources.forEachBlock(in: run) { try dictionary.append($0) } }
        try sources.forEachBlock(in: .init(first: 0, count: plan.blocks)) { block in
            try dictionary.append(BlockDigest.bytes(of: block))
        }
    }

    private static func assemble(
        _ plan: DeltaPlan,
        _ sources: borrowing Sources,
        literals: String,
        to path: String
    ) throws {
        let new = try PlainFile(reading: literals)
        let bundle = try PlainFile(writing: path)
        var taken: Int64 = 0
        var written: Int64 = 0
        for piece in plan.pieces {
            switch piece {
            case .copy(let run):
                try sources.forEachBlock(in: run) { try bundle.append($0) }
                written += Int64(run.count * block)
            case .literal(let count):
                try new.forEachChunk(of: 1 << 20, in: taken..<taken + Int64(count)) { try bundle.append($0) }
                taken += Int64(count)
                written += Int64(count)
            case .tree:
                guard var tree = HashTree(salt: plan.salt), written.isMultiple(of: Int64(block)) else {
                    throw BundleError.notADelta(path: path, reason: "no hash tree can be made of it")
                }
                try bundle.forEachChunk(of: block, in: 0..<written) { tree.add($0) }
                let bytes = tree.bytes
                try bundle.append(bytes)
                written += Int64(bytes.count)
            }
            guard written <= plan.size.bytes else { break }
        }
        try bundle.settle()
        guard written == plan.size.bytes, try bundle.digest(written) == plan.sha256 else {
            throw BundleError.otherSystem(from: plan.from)
        }
    }
}

/// The slots of the running system as one space of blocks.
private struct Sources: ~Copyable {
    private struct Part {
        var path: String
        /// Block numbers.
        var range: Range<Int>
    }

    private let parts: [Part]

    init(_ plan: DeltaPlan, _ devices: [String: String]) throws(BundleError) {
        var parts: [Part] = []
        var start = 0
        for source in plan.sources {
            guard let path = devices[source.slotClass] else { throw .otherSystem(from: plan.from) }
            let count = Int(source.size.bytes) / DeltaPlan.block
            parts.append(Part(path: path, range: start..<start + count))
            start += count
        }
        self.parts = parts
    }

    func forEachBlock(in run: DeltaPlan.Run, body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let wanted = run.first..<run.first + run.count
        for part in parts {
            let common = part.range.clamped(to: wanted)
            guard !common.isEmpty else { continue }
            let file = try PlainFile(reading: part.path)
            let first = Int64(common.lowerBound - part.range.lowerBound) * Int64(DeltaPlan.block)
            let bytes = first..<first + Int64(common.count * DeltaPlan.block)
            try file.forEachChunk(of: 256 * DeltaPlan.block, in: bytes) { chunk in
                for offset in stride(from: 0, to: chunk.count, by: DeltaPlan.block) {
                    try body(UnsafeRawBufferPointer(rebasing: chunk[offset..<offset + DeltaPlan.block]))
                }
            }
        }
    }
}
