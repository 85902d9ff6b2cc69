/// A value of the D-Bus type system (D-Bus Specification, "Type System").
public indirect enum BusValue: Sendable, Hashable {
    case boolean(Bool)
    case byte(UInt8)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case objectPath(String)
    case signature(String)
    case variant(BusValue)
    /// Its elements are all of the type that `of` names, which an empty array cannot tell by itself.
    case array(of: String, [BusValue])
    case structure([BusValue])
    /// `a{sv}`, the dictionary nearly every interface uses.
    case options([String: BusValue])
    /// One entry of any other dictionary, which is an array of these.
    case entry(key: BusValue, value: BusValue)
}

extension BusValue {
    /// The D-Bus signature of this value.
    public var signature: String {
        switch self {
        case .boolean: "b"
        case .byte: "y"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .variant: "v"
        case .array(let element, _): "a\(element)"
        case .structure(let members): "(\(members.map(\.signature).joined()))"
        case .options: "a{sv}"
        case .entry(let key, let value): "{\(key.signature)\(value.signature)}"
        }
    }

    /// What is inside of variants, however deep.
    public var unwrapped: BusValue {
        if case .variant(let inner) = self { return inner.unwrapped }
        return self
    }

    /// Text of a string, an object path or a signature.
    public var text: String? {
        switch unwrapped {
        case .string(let text), .objectPath(let text), .signature(let text): text
        default: nil
        }
    }

    /// Any whole number that fits.
    public var integer: Int64? {
        switch unwrapped {
        case .byte(let number): Int64(number)
        case .int16(let number): Int64(number)
        case .uint16(let number): Int64(number)
        case .int32(let number): Int64(number)
        case .uint32(let number): Int64(number)
        case .int64(let number): number
        case .uint64(let number): Int64(exactly: number)
        default: nil
        }
    }

    public var flag: Bool? {
        guard case .boolean(let flag) = unwrapped else { return nil }
        return flag
    }

    /// The members of a structure, or the elements of an array.
    public var elements: [BusValue]? {
        switch unwrapped {
        case .structure(let members): members
        case .array(_, let elements): elements
        default: nil
        }
    }

    /// The entries of an `a{sv}`, taken out of their variants.
    public var dictionary: [String: BusValue]? {
        guard case .options(let entries) = unwrapped else { return nil }
        return entries.mapValues(\.unwrapped)
    }
}
