public import HomieSupervisor

/// Writes metrics as text: pure.
///
/// Families of one name are written together, once; series that occur a second time are left out, because a scraper
/// refuses the whole answer for one of them.
public struct ExpositionWriter: Sendable {
    private let format: ExpositionFormat
    private var bytes: [UInt8] = []
    /// Labels as text that many series have as one value, such as those of a container: written once, by the address of the
    /// value, which stays as long as the families do.
    private var shared: [UInt: Range<Int>] = [:]
    private var sharedText: [UInt8] = []

    public static func text(_ families: [MetricFamily], as format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format: format)
        writer.bytes.reserveCapacity(families.count * 1024)
        var order: [String] = []
        var merged: [String: MetricFamily] = [:]
        for family in families where MetricFamily.isName(family.name) {
            if merged[family.name] == nil {
                order.append(family.name)
                merged[family.name] = family
            } else if merged[family.name]?.kind == family.kind {
                for sample in family.samples {
                    merged[family.name]?.add(sample.value, sample.labels, suffix: sample.suffix)
                }
            }
        }
        for name in order {
            if let family = merged[name], !family.samples.isEmpty { writer.write(family) }
        }
        if format == .openMetrics { writer.put("# EOF\n") }
        return writer.bytes
    }

    private init(format: ExpositionFormat) { self.format = format }

    private mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func write(_ family: MetricFamily) {
        let suffix: String
        let kind: String
        switch family.kind {
        case .counter: (suffix, kind) = ("_total", "counter")
        case .gauge: (suffix, kind) = ("", "gauge")
        case .histogram: (suffix, kind) = ("", "histogram")
        case .info: (suffix, kind) = ("_info", format == .openMetrics ? "info" : "gauge")
        case .unknown: (suffix, kind) = ("", format == .openMetrics ? "unknown" : "untyped")
        }
        // OpenMetrics names the family, the older format the series.
        let described = format == .openMetrics ? family.name : family.name + suffix
        put("# HELP \(described) ")
        escape(family.help, quotes: format == .openMetrics)
        put("\n# TYPE \(described) \(kind)\n")
        let full = family.name + suffix
        // Where the lines of series begin, by the hash of what comes before their value.
        var seen: [UInt64: Int] = [:]
        seen.reserveCapacity(family.samples.count)
        for sample in family.samples {
            let start = bytes.count
            put(full)
            put(sample.suffix)
            write(sample.labels)
            put(" ")
            let hash = hash(from: start)
            if let earlier = seen[hash], isSame(earlier, start) {
                bytes.removeLast(bytes.count - start)
                continue
            }
            seen[hash] = start
            put(Self.number(sample.value))
            put("\n")
        }
    }

    /// Of what was written since `start`, eight bytes at a time.
    private func hash(from start: Int) -> UInt64 {
        bytes.withUnsafeBytes { all in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            var index = start
            while index + 8 <= all.count {
                hash = (hash ^ all.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash >> 29
                index += 8
            }
            while index < all.count {
                hash = (hash ^ UInt64(all[index])) &* 0x100_0000_01B3
                index += 1
            }
            return hash
        }
    }

    /// Whether what was written since `start` stands at `earlier` too.
    private func isSame(_ earlier: Int, _ start: Int) -> Bool {
        bytes[earlier..<earlier + (bytes.count - start)].elementsEqual(bytes[start...])
    }

    private mutating func write(_ labels: [MetricFamily.Label]) {
        guard labels.count > 2 else { return spell(labels) }
        let place = labels.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        if let text = shared[place] {
            sharedText.withUnsafeBufferPointer { bytes.append(contentsOf: $0[text]) }
            return
        }
        let start = bytes.count
        spell(labels)
        let begin = sharedText.count
        bytes.withUnsafeBufferPointer { sharedText.append(contentsOf: $0[start...]) }
        shared[place] = begin..<sharedText.count
    }

    private mutating func spell(_ labels: [MetricFamily.Label]) {
        guard !labels.isEmpty else { return }
        var separator = "{"
        for label in labels {
            put(separator)
            separator = ","
            name(label.name)
            put("=\"")
            escape(label.value, quotes: true)
            put("\"")
        }
        put("}")
    }

    /// What no label name may have becomes `_`.
    private mutating func name(_ text: String) {
        if MetricFamily.isName(text) && !text.utf8.contains(0x3A) {
            put(text)
            return
        }
        if let first = text.utf8.first, (0x30...0x39).contains(first) { put("_") }
        for byte in text.utf8 { bytes.append(MetricFamily.isNameByte(byte) ? byte : 0x5F) }
        if text.isEmpty { put("_") }
    }

    private mutating func escape(_ text: String, quotes: Bool) {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else {
            put(text)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case 0x5C: put("\\\\")
            case 0x0A: put("\\n")
            case 0x22 where quotes: put("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    /// As both formats write numbers: whole ones without a fraction, `NaN`, `+Inf`, `-Inf`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return value.description
    }
}
