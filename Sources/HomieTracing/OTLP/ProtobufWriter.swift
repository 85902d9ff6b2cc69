/// Writes messages in the wire format of Protocol Buffers (<https://protobuf.dev/programming-guides/encoding/>).
///
/// The four messages of a trace take forty lines of field numbers; a generated library would take minutes of building and
/// megabytes for the same bytes.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case delimited = 2
        case fixed32 = 5
    }

    private mutating func tag(_ field: Int, _ type: WireType) { varint(UInt64(field) << 3 | type.rawValue) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func write(_ field: Int, unsigned value: UInt64) {
        tag(field, .varint)
        varint(value)
    }

    /// Two's complement, as `int32` and `int64` have it.
    mutating func write(_ field: Int, signed value: Int64) { write(field, unsigned: UInt64(bitPattern: value)) }

    mutating func write(_ field: Int, fixed64 value: UInt64) {
        tag(field, .fixed64)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func write(_ field: Int, fixed32 value: UInt32) {
        tag(field, .fixed32)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func write(_ field: Int, double value: Double) { write(field, fixed64: value.bitPattern) }

    mutating func write(_ field: Int, _ content: some Collection<UInt8>) {
        tag(field, .delimited)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func write(_ field: Int, _ text: String) { write(field, text.utf8) }

    /// A message within the message.
    mutating func write(_ field: Int, message: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        message(&inner)
        write(field, inner.bytes)
    }
}
