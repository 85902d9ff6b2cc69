/// Commands written as one line of text, split into words the way the reference implementation does it.
///
/// Quotes and backslashes work as in a shell; a word ends the command at an unquoted `;`, `&`, `|`, `<` or `>`.
enum CommandLineText {
    /// The words; nil when a quotation or a bracket does not end.
    static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var hasWord = false
        var isEscaped = false
        var inDouble = false
        var inSingle = false
        var inBackquotes = false
        var inDollar = false
        scan: for scalar in line.unicodeScalars {
            if isEscaped {
                word.append(scalar)
                isEscaped = false
                hasWord = true
                continue
            }
            switch scalar {
            case "\\":
                if inSingle { word.append(scalar) } else { isEscaped = true }
                continue
            case " ", "\t", "\r", "\n":
                if inSingle || inDouble || inBackquotes || inDollar {
                    word.append(scalar)
                } else if hasWord {
                    words.append(String(word))
                    word = String.UnicodeScalarView()
                    hasWord = false
                }
                continue
            case "`" where !inSingle && !inDouble && !inDollar:
                inBackquotes.toggle()
            case ")" where !inSingle && !inDouble && !inBackquotes:
                inDollar.toggle()
            case "(" where !inSingle && !inDouble && !inBackquotes:
                guard !inDollar, word.last == "$" else { return nil }
                inDollar = true
                word.append(scalar)
                continue
            case "\"" where !inSingle && !inDollar:
                if inDouble { hasWord = true }
                inDouble.toggle()
                continue
            case "'" where !inDouble && !inDollar:
                if inSingle { hasWord = true }
                inSingle.toggle()
                continue
            case ";", "&", "|", "<", ">":
                guard !inSingle, !inDouble, !inBackquotes, !inDollar else { break }
                if scalar == ">", let first = word.first, ("0"..."9").contains(first) { hasWord = false }
                break scan
            default:
                break
            }
            hasWord = true
            word.append(scalar)
        }
        if hasWord { words.append(String(word)) }
        return isEscaped || inSingle || inDouble || inBackquotes || inDollar ? nil : words
    }
}
