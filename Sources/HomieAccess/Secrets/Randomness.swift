/// Where secrets come from: bytes nobody can guess.
public struct Randomness: Sendable {
    private let draw: @Sendable (Int) -> [UInt8]

    /// - Parameter draw: so many fresh bytes; a test's may repeat themselves.
    public init(_ draw: @escaping @Sendable (Int) -> [UInt8]) { self.draw = draw }

    /// The kernel's generator (getrandom(2)).
    public static let system = Randomness { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    public func bytes(_ count: Int) -> [UInt8] { draw(count) }

    /// Text of digits and letters, each as likely as the others.
    public func base62(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count {
            // 248 is the largest multiple of 62 in a byte: what lies above would favour the first letters.
            for byte in draw(count) where byte < 248 && text.utf8.count < count {
                text.unicodeScalars.append(Unicode.Scalar(Base62.alphabet[Int(byte % 62)]))
            }
        }
        return text
    }
}

/// Digits, capital and small letters.
enum Base62 {
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func isOne(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// The number with leading zeros.
    static func text(_ number: UInt32, width: Int) -> String {
        var digits: [UInt8] = []
        var rest = number
        for _ in 0..<width {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }
}
