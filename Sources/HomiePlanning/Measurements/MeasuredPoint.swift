/// What one series did during one step of time. A counter's values are its increase per second.
public struct MeasuredPoint: Sendable, Hashable {
    public var mean: Float
    public var least: Float
    public var most: Float
    /// How much of the step was seen, in 255ths; 0 means nothing is known.
    public var coverage: UInt8

    public static let absent = MeasuredPoint(mean: 0, least: 0, most: 0, coverage: 0)
    /// Bytes of one point in a chunk.
    public static let size = 13

    public init(mean: Float, least: Float, most: Float, coverage: UInt8) {
        self.mean = mean
        self.least = least
        self.most = most
        self.coverage = coverage
    }

    /// One longer step made of shorter ones, all of the same length; the mean weighs each by what was seen of it.
    public init(merging points: some Collection<MeasuredPoint>) {
        var weight = 0.0
        var sum = 0.0
        var least = Float.infinity
        var most = -Float.infinity
        for point in points where point.coverage > 0 {
            let share = Double(point.coverage)
            weight += share
            sum += Double(point.mean) * share
            least = min(least, point.least)
            most = max(most, point.most)
        }
        guard weight > 0 else {
            self = .absent
            return
        }
        let seen = (weight / Double(points.count)).rounded()
        self.init(mean: Float(sum / weight), least: least, most: most, coverage: UInt8(min(255, max(1, seen))))
    }

    public static func bytes(_ points: some Sequence<MeasuredPoint>) -> [UInt8] {
        var bytes: [UInt8] = []
        for point in points {
            bytes.append(point.coverage)
            for value in [point.mean, point.least, point.most] {
                let bits = value.bitPattern
                for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
                    bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
                }
            }
        }
        return bytes
    }

    /// Points as ``bytes(_:)`` wrote them; a cut-off last one is dropped.
    public static func points(_ bytes: [UInt8]) -> [MeasuredPoint] {
        stride(from: 0, to: bytes.count / size * size, by: size).map { start in
            func value(_ offset: Int) -> Float {
                var bits: UInt32 = 0
                for index in (0..<4).reversed() { bits = bits << 8 | UInt32(bytes[start + offset + index]) }
                return Float(bitPattern: bits)
            }
            return MeasuredPoint(mean: value(1), least: value(5), most: value(9), coverage: bytes[start])
        }
    }
}
