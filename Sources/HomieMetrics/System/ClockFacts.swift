#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether something keeps the kernel's clock (adjtimex(2)).
enum ClockFacts {
    /// `TIME_ERROR`: the clock is not synchronised.
    private static let notSynchronised: Int32 = 5
    /// `struct timex` has 208 bytes on 64-bit systems.
    private static let size = 512

    /// Nil where it cannot be told.
    static func isSynchronised() -> Bool? {
        // The module of the C library leaves <sys/timex.h> out; without a mode, all zero, the call only reads.
        guard let symbol = dlsym(nil, "adjtimex") else { return nil }
        let call = unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutableRawPointer) -> Int32).self)
        let state = withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            return buffer.baseAddress.map(call) ?? -1
        }
        return state < 0 ? nil : state != notSynchronised
    }
}
