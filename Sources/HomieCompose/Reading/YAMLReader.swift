import Yams

/// One document of a YAML file, as a tree.
struct YAMLDocument: Sendable {
    var root: ComposeNode
    /// Where `!reset` and `!override` stand: what earlier files say there is dropped.
    var resets: [KeyPathText]
}

/// Reads YAML files.
enum YAMLReader {
    /// The documents of a file, in order.
    ///
    /// - Throws: ``ComposeErrors`` with line and column for whatever is not YAML, and for files beyond ``YAMLLimits``.
    static func documents(in bytes: [UInt8], file: String) throws(ComposeErrors) -> [YAMLDocument] {
        let text = try YAMLScreen.text(of: bytes, file: file)
        var documents: [YAMLDocument] = []
        var left = YAMLLimits.values
        do {
            let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
            while let node = try parser.nextRoot() {
                var conversion = TreeConversion(file: file, left: left)
                guard let root = try conversion.convert(node) else {
                    documents.append(YAMLDocument(root: .null, resets: conversion.resets))
                    continue
                }
                left = conversion.left
                documents.append(YAMLDocument(root: root, resets: conversion.resets))
            }
        } catch let errors as ComposeErrors {
            throw errors
        } catch let error as YamlError {
            throw ComposeErrors(issue(error, file: file))
        } catch {
            throw ComposeErrors(
                ComposeIssue("cannot be read as YAML: \(error)", at: SourceMark(file: file, line: 0, column: 0))
            )
        }
        return documents
    }

    private static func issue(_ error: YamlError, file: String) -> ComposeIssue {
        func at(_ mark: Mark) -> SourceMark { SourceMark(file: file, line: mark.line, column: mark.column) }
        let remedy = "look for wrong indentation, a missing quote or a tab before this place"
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let where_ = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
            return ComposeIssue("not valid YAML: \(problem)\(where_)", at: at(mark), remedy: remedy)
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.utf8.prefix(offset ?? 0)
            let line = 1 + before.count { $0 == 0x0A }
            return ComposeIssue(
                "not valid YAML: \(problem)",
                at: SourceMark(file: file, line: line, column: 1),
                remedy: "remove characters that cannot be printed"
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            return ComposeIssue(
                "the same mapping has the key \(names) more than once",
                at: at(context.mark),
                remedy: "keep one of them"
            )
        default:
            return ComposeIssue("not valid YAML", at: SourceMark(file: file, line: 0, column: 0), remedy: remedy)
        }
    }
}
