extension Int64 {
    /// The whole part of a number that came from elsewhere: the nearest one there is when it is out of range, 0 when it is
    /// not a number. `Int64(_:)` stops the program instead.
    public init(saturating real: Double) {
        if let whole = Int64(exactly: real.rounded(.towardZero)) {
            self = whole
        } else {
            self = real.isNaN ? 0 : real < 0 ? .min : .max
        }
    }
}
