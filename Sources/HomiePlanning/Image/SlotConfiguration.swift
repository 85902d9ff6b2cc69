/// `slot.cfg`: what the boot loader has to know of a slot before it can start it.
public struct SlotConfiguration: Sendable, Hashable {
    /// The root's hash, hexadecimal; with it the whole root is fixed.
    public var rootHash: String
    /// Where the hash tree begins, in bytes.
    public var hashOffset: Int64
    public var arguments: String

    /// - Parameter verityOutput: what `veritysetup format` printed.
    /// - Returns: nil when it does not name a hash.
    public init?(verityOutput: String, hashOffset: Int64, arguments: String) {
        let label = "Root hash:"
        guard let line = verityOutput.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(label) }) else {
            return nil
        }
        rootHash = String(TextLine.trimmed(line.dropFirst(label.count)))
        self.hashOffset = hashOffset
        self.arguments = arguments
        guard rootHash.utf8.count == 64, rootHash.allSatisfy(\.isHexDigit) else { return nil }
    }

    /// As `grub.cfg` sources it.
    public var text: String {
        let words = ["homie.roothash=\(rootHash)", "homie.hashoffset=\(hashOffset)", arguments].filter { !$0.isEmpty }
        return "set slot_cmdline=\"\(words.joined(separator: " "))\"\n"
    }
}
