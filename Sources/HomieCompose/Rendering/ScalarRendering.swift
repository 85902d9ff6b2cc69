import HomieModel

/// Writes single values and the lists of pairs that have several forms.
enum ScalarRendering {
    static func value(_ node: ComposeNode, _ shape: Shape, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        switch shape {
        case .text:
            let text = try text(node, path)
            return text.isEmpty ? nil : .string(text)
        case .flag: return try flag(node, path) ? .bool(true) : nil
        case .givenFlag: return .bool(try flag(node, path))
        case .whole:
            let whole = try whole(node, path)
            return whole == 0 ? nil : .integer(Int64(whole))
        case .givenWhole: return .integer(Int64(try whole(node, path)))
        case .count, .givenCount:
            let count = try whole(node, path)
            guard count >= 0 else { throw ComposeErrors("must not be negative", at: node, path) }
            if case .count = shape, count == 0 { return nil }
            return .integer(Int64(count))
        case .single:
            let number = try single(node, path)
            return number == 0 ? nil : FloatText.json(single: number)
        case .size:
            let bytes = try size(node, path)
            return bytes == 0 ? nil : .string(String(bytes))
        case .duration:
            let span = try duration(node, path)
            return span.nanoseconds == 0 ? nil : .string(DurationText.text(span))
        case .givenDuration: return .string(DurationText.text(try duration(node, path)))
        case .deviceCount:
            let count = try deviceCount(node, path)
            return count == 0 ? nil : .integer(Int64(count))
        case .texts: return try texts(node, path, accepts: .texts)
        case .textOrTexts: return try texts(node, path, accepts: .textOrTexts)
        case .textsOfScalars: return try texts(node, path, accepts: .anyScalar)
        case .test: return try test(node, path)
        case .variables, .pairs, .plainPairs: return try PairRendering.pairs(node, shape, path)
        case .hosts: return try PairRendering.hosts(node, path)
        case .sshKeys: return try PairRendering.sshKeys(node, path)
        case .ulimit: return try ulimit(node, path)
        case .command, .list, .map, .object: return nil
        }
    }

    static func text(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> String {
        switch node.value {
        case .string(let text): return text
        case .int(let whole): return String(whole)
        case .null: return ""
        default: throw Renderer.mismatch(node, "text", path)
        }
    }

    private static func flag(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> Bool {
        if let flag = node.bool { return flag }
        guard let text = node.string, let flag = Cast.flag(text) else {
            throw Renderer.mismatch(node, "true or false", path)
        }
        return flag
    }

    private static func whole(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> Int {
        switch node.value {
        case .int(let whole): return whole
        case .float(let real): if real.magnitude < 9e18 { return Int(real) }
        case .string(let text): if let whole = GoNumber.decimal(text) { return whole }
        default: break
        }
        throw Renderer.mismatch(node, "a whole number", path)
    }

    private static func single(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> Float {
        switch node.value {
        case .int(let whole): return Float(whole)
        case .float(let real): return Float(real)
        case .string(let text): if let real = GoNumber.float(text) { return Float(real) }
        default: break
        }
        throw Renderer.mismatch(node, "a number", path)
    }

    private static func size(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> Int64 {
        switch node.value {
        case .int(let whole): return Int64(whole)
        case .string(let text):
            guard let bytes = ByteSize.parse(text) else {
                throw ComposeErrors(
                    "'\(text.prefix(40))' is not a size",
                    at: node,
                    path,
                    remedy: "write e.g. 512m or 1.5g"
                )
            }
            return bytes
        // The reference implementation reads nothing from other numbers.
        default: return 0
        }
    }

    private static func duration(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> TimeSpan {
        guard let span = DurationText.parse(node.plainText) else {
            throw ComposeErrors(
                "'\(node.plainText.prefix(40))' is not a length of time",
                at: node,
                path,
                remedy: "write e.g. 30s or 1m30s"
            )
        }
        return span
    }

    private static func deviceCount(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> Int {
        switch node.value {
        case .int(let whole): return whole
        case .string(let text):
            if text.lowercased() == "all" { return -1 }
            if let whole = GoNumber.decimal(text) { return whole }
        default: break
        }
        throw ComposeErrors("must be 'all' or a whole number", at: node, path)
    }

    private enum Accepted { case texts, textOrTexts, anyScalar }

    private static func texts(
        _ node: ComposeNode,
        _ path: KeyPathText,
        accepts: Accepted
    ) throws(ComposeErrors) -> JSONValue? {
        if accepts != .texts, let text = node.string { return .array([.string(text)]) }
        guard let elements = node.list else { throw Renderer.mismatch(node, "a list", path) }
        guard !elements.isEmpty else { return nil }
        var result: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            let next = path.appending(index: index)
            switch accepts {
            case .anyScalar: result.append(.string(element.plainText))
            case .texts: result.append(.string(try text(element, next)))
            case .textOrTexts:
                guard let text = element.string else { throw Renderer.mismatch(element, "text", next) }
                result.append(.string(text))
            }
        }
        return .array(result)
    }

    /// Null when there is none; a text is split into words.
    static func command(_ node: ComposeNode?, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        guard let node else { return .null }
        switch node.value {
        case .string(let text):
            guard let words = CommandLineText.words(text) else {
                throw ComposeErrors(
                    "'\(text.prefix(60))' cannot be split into words",
                    at: node,
                    path,
                    remedy: "end quotes and brackets, or write a list of words"
                )
            }
            return .array(words.map { .string($0) })
        case .list(let elements):
            return .array(try plainTexts(elements, path))
        default: return .null
        }
    }

    private static func plainTexts(_ elements: [ComposeNode], _ path: KeyPathText) throws(ComposeErrors) -> [JSONValue]
    {
        var result: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.string else {
                throw Renderer.mismatch(element, "text", path.appending(index: index))
            }
            result.append(.string(text))
        }
        return result
    }

    private static func test(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        if let text = node.string { return ["CMD-SHELL", .string(text)] }
        guard let elements = node.list else { throw Renderer.mismatch(node, "text or a list", path) }
        return elements.isEmpty ? nil : .array(try plainTexts(elements, path))
    }

    private static func ulimit(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        guard let members = node.map else {
            let limit = try whole(node, path)
            return limit == 0 ? .object([:]) : .integer(Int64(limit))
        }
        var result: [String: JSONValue] = [:]
        for key in ["soft", "hard"] {
            guard let node = members[key] else { continue }
            let limit = try whole(node, path.appending(key))
            if limit != 0 { result[key] = .integer(Int64(limit)) }
        }
        return .object(result)
    }
}
