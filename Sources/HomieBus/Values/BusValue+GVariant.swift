internal import CGIO

extension BusValue {
    /// A floating GVariant of this value: whoever is given it takes it over.
    func variant() -> OpaquePointer? {
        switch self {
        case .boolean(let flag): return g_variant_new_boolean(flag ? 1 : 0)
        case .byte(let number): return g_variant_new_byte(number)
        case .int16(let number): return g_variant_new_int16(number)
        case .uint16(let number): return g_variant_new_uint16(number)
        case .int32(let number): return g_variant_new_int32(number)
        case .uint32(let number): return g_variant_new_uint32(number)
        case .int64(let number): return g_variant_new_int64(Int(number))
        case .uint64(let number): return g_variant_new_uint64(UInt(number))
        case .double(let number): return g_variant_new_double(number)
        case .string(let text): return g_variant_new_string(text)
        case .objectPath(let text): return g_variant_new_object_path(text)
        case .signature(let text): return g_variant_new_signature(text)
        case .variant(let inner): return g_variant_new_variant(inner.variant())
        case .entry(let key, let value): return g_variant_new_dict_entry(key.variant(), value.variant())
        case .structure(let members): return Self.container("(\(members.map(\.signature).joined()))", members)
        case .array(let element, let elements): return Self.container("a\(element)", elements)
        case .options(let entries):
            let ordered = entries.sorted { $0.key < $1.key }
            return Self.container(
                "a{sv}",
                ordered.map { key, value in
                    if case .variant = value { return .entry(key: .string(key), value: value) }
                    return .entry(key: .string(key), value: .variant(value))
                }
            )
        }
    }

    private static func container(_ signature: String, _ members: [BusValue]) -> OpaquePointer? {
        let type = g_variant_type_new(signature)
        defer { g_variant_type_free(type) }
        let builder = g_variant_builder_new(type)
        defer { g_variant_builder_unref(builder) }
        for member in members { g_variant_builder_add_value(builder, member.variant()) }
        return g_variant_builder_end(builder)
    }

    /// Reads a GVariant, which stays its owner's.
    init(_ variant: OpaquePointer) {
        switch String(cString: g_variant_get_type_string(variant)) {
        case "b": self = .boolean(g_variant_get_boolean(variant) != 0)
        case "y": self = .byte(g_variant_get_byte(variant))
        case "n": self = .int16(g_variant_get_int16(variant))
        case "q": self = .uint16(g_variant_get_uint16(variant))
        case "i", "h": self = .int32(g_variant_get_int32(variant))
        case "u": self = .uint32(g_variant_get_uint32(variant))
        case "x": self = .int64(Int64(g_variant_get_int64(variant)))
        case "t": self = .uint64(UInt64(g_variant_get_uint64(variant)))
        case "d": self = .double(g_variant_get_double(variant))
        case "s": self = .string(Self.text(variant))
        case "o": self = .objectPath(Self.text(variant))
        case "g": self = .signature(Self.text(variant))
        case "v": self = .variant(Self.children(variant).first ?? .structure([]))
        case "a{sv}": self = .options(Self.options(variant))
        case let type where type.hasPrefix("a"):
            self = .array(of: String(type.dropFirst()), Self.children(variant))
        case let type where type.hasPrefix("{"):
            let pair = Self.children(variant)
            self = pair.count == 2 ? .entry(key: pair[0], value: pair[1]) : .structure(pair)
        default: self = .structure(Self.children(variant))
        }
    }

    private static func text(_ variant: OpaquePointer) -> String { String(cString: g_variant_get_string(variant, nil)) }

    private static func children(_ variant: OpaquePointer) -> [BusValue] {
        (0..<g_variant_n_children(variant)).compactMap { index in
            guard let child = g_variant_get_child_value(variant, index) else { return nil }
            defer { g_variant_unref(child) }
            return BusValue(child)
        }
    }

    private static func options(_ variant: OpaquePointer) -> [String: BusValue] {
        var entries: [String: BusValue] = [:]
        for child in children(variant) {
            guard case .entry(.string(let key), .variant(let value)) = child else { continue }
            entries[key] = value
        }
        return entries
    }
}
