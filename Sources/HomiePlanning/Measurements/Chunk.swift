/// A stretch of one series as it is stored: up to ``Resolution/chunk`` points, from its start on.
public struct Chunk: Sendable, Hashable {
    public let resolution: Resolution
    /// Seconds since 1970; a multiple of the chunk's length.
    public let start: Int64
    public private(set) var points: [MeasuredPoint]

    /// - Parameter start: any second within the chunk.
    public init(_ resolution: Resolution, containing start: Int64, points: [MeasuredPoint] = []) {
        self.resolution = resolution
        self.start = resolution.chunkStart(of: start)
        self.points = Array(points.prefix(Int(resolution.chunk)))
    }

    /// Lays points over what is there, from `second` on; what lies outside the chunk is left out.
    public mutating func lay(_ new: [MeasuredPoint], from second: Int64) {
        for (offset, point) in new.enumerated() {
            let index = Int(floorQuotient(second - start, resolution.step)) + offset
            guard index >= 0, index < resolution.chunk else { continue }
            while points.count <= index { points.append(.absent) }
            points[index] = point
        }
    }

    public func point(at second: Int64) -> MeasuredPoint {
        let index = floorQuotient(second - start, resolution.step)
        return index >= 0 && index < points.count ? points[Int(index)] : .absent
    }

    /// The points of the coarser resolution that this chunk's points from `first` to before `end` touch, as far as known
    /// now: made anew at every batch, so that a batch written twice changes nothing.
    public func rolledUp(from first: Int64, to end: Int64) -> [(second: Int64, point: MeasuredPoint)] {
        guard let coarser = resolution.coarser, end > first else { return [] }
        let steps = Int(coarser.step / resolution.step)
        let from = floorQuotient(max(first, start), coarser.step)
        let last = floorQuotient(min(end, start + resolution.chunkLength) - 1, coarser.step)
        guard from <= last else { return [] }
        return (from...last).map { index in
            let begin = index * coarser.step
            let parts = (0..<steps).map { point(at: begin + Int64($0) * resolution.step) }
            return (begin, MeasuredPoint(merging: parts))
        }
    }
}
