/// A rule as iptables(8) prints it with `-S`, as far as it is understood.
struct FilterRule: Hashable {
    var words: [String]

    /// - Parameter line: `-A CHAIN …`; nil for other lines.
    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 2, words[0] == "-A" else { return nil }
        self.words = words
    }

    var chain: String { words[1] }
    var target: String? { value(of: "-j") }
    var port: UInt16? { value(of: "--dport").flatMap { UInt16($0) } }
    var transport: String? { value(of: "-p") }
    var destination: String? { value(of: "--to-destination") }
    var address: String? { value(of: "-d") }

    /// The bridge whose own containers the rule leaves out: `! -i br-1`.
    var exceptBridge: String? {
        guard let index = words.firstIndex(of: "-i"), index > 0, words[index - 1] == "!", index + 1 < words.count else {
            return nil
        }
        return words[index + 1]
    }

    /// True for `! -d 127.0.0.0/8`: connections over the loopback are left to the engine's own proxy.
    var leavesLoopbackOut: Bool {
        guard let index = words.firstIndex(of: "-d"), index > 0, index + 1 < words.count else { return false }
        return words[index - 1] == "!" && (words[index + 1].hasPrefix("127.") || words[index + 1] == "::1/128")
    }

    private func value(of option: String) -> String? {
        guard let index = words.firstIndex(of: option), index + 1 < words.count else { return nil }
        return words[index + 1]
    }
}
