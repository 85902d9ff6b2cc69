/// Text that comes from outside (names, logs, messages of others), made safe for a terminal.
///
/// Escape sequences could move the cursor, rename the window or hide what is really there; control characters and the
/// marks that turn the direction of writing are shown instead of carried out.
public enum SafeText {
    /// Everything in one line: control characters become visible escapes such as `\n` or `\u{1B}`.
    public static func line(_ text: String) -> String {
        guard needsCare(text) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { append(scalar, to: &safe) }
        return String(safe)
    }

    /// Several lines: as ``line(_:)``, and line feeds and tabs stay.
    public static func lines(_ text: String) -> String {
        guard needsCare(text) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" { safe.append(scalar) } else { append(scalar, to: &safe) }
        }
        return String(safe)
    }

    /// A line of a program's log: tabs stay, and with `keepsColours` so do colour sequences (`ESC [ … m`), which are
    /// ended with the line; without, they are left out.
    public static func logLine(_ text: String, keepsColours: Bool) -> String {
        guard needsCare(text) else { return text }
        let scalars = Array(text.unicodeScalars)
        var safe = String.UnicodeScalarView()
        var isColoured = false
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\u{1B}", let end = colourSequenceEnd(scalars, from: index) {
                if keepsColours {
                    safe.append(contentsOf: scalars[index..<end])
                    isColoured = true
                }
                index = end
                continue
            }
            if scalar == "\t" {
                safe.append(scalar)
            } else if scalar == "\r", index + 1 == scalars.count {
                // The end of a line written for a terminal.
            } else {
                append(scalar, to: &safe)
            }
            index += 1
        }
        return String(safe) + (isColoured ? "\u{1B}[0m" : "")
    }

    private static func needsCare(_ text: String) -> Bool {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return false }
        return text.unicodeScalars.contains(where: isDangerous)
    }

    private static func append(_ scalar: Unicode.Scalar, to safe: inout String.UnicodeScalarView) {
        guard isDangerous(scalar) else { return safe.append(scalar) }
        switch scalar {
        case "\n": safe.append(contentsOf: #"\n"#.unicodeScalars)
        case "\r": safe.append(contentsOf: #"\r"#.unicodeScalars)
        case "\t": safe.append(contentsOf: #"\t"#.unicodeScalars)
        default: safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
        }
    }

    /// Control characters, line separators, and marks that change the direction of writing (Unicode, UAX #9).
    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// The index after a sequence `ESC [ digits ; … m` (ECMA-48, SGR) that begins at `start`.
    private static func colourSequenceEnd(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        guard start + 1 < scalars.count, scalars[start + 1] == "[" else { return nil }
        var index = start + 2
        while index < scalars.count, index < start + 32 {
            switch scalars[index] {
            case "m": return index + 1
            case "0"..."9", ";", ":": index += 1
            default: return nil
            }
        }
        return nil
    }
}
