public import HomieModel

/// Amounts of memory and storage as a person reads them, in powers of 1,024 (IEC 80000-13).
public enum SizeText {
    /// `0 B`, `512 B`, `1.5 KiB`, `24 MiB`: one decimal below ten.
    public static func of(_ size: ByteCount) -> String {
        guard size.bytes >= 1024 else { return "\(size.bytes) B" }
        var value = Double(size.bytes)
        var unit = ""
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            value /= 1024
            unit = next
            if value < 1023.5 { break }
        }
        let tenths = Int64((value * 10).rounded())
        guard tenths < 100, tenths % 10 != 0 else { return "\(Int64(value.rounded())) \(unit)" }
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
