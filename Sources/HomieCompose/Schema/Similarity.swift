/// Guesses what somebody meant to write.
enum Similarity {
    /// The word that differs from `text` in at most two letters, and least.
    static func closest(to text: String, among words: some Sequence<String>) -> String? {
        guard text.utf8.count <= 40 else { return nil }
        let candidates = words.lazy.prefix(200).map { (word: $0, distance: distance(text, $0)) }
        let best = candidates.min { ($0.distance, $0.word) < ($1.distance, $1.word) }
        guard let best, best.distance <= 2, best.distance < text.utf8.count else { return nil }
        return best.word
    }

    /// How many letters must be added, removed or changed.
    private static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        var row = Array(0...other.count)
        for (place, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = place + 1
            for (index, target) in other.enumerated() {
                let above = row[index + 1]
                row[index + 1] = byte == target ? diagonal : 1 + min(diagonal, above, row[index])
                diagonal = above
            }
        }
        return row[other.count]
    }
}
