/// An entry as a reader of tar archives (GNU format) sees it: what the writer's tests compare.
struct ReadEntry: Equatable {
    var path: String
    var type: Character
    var mode: Int
    var uid: Int
    var gid: Int
    var modified: Int
    var link: String
    var content: [UInt8]
}

/// Reads an archive by the book, without libarchive.
func readTar(_ bytes: [UInt8]) -> [ReadEntry] {
    var entries: [ReadEntry] = []
    var position = 0
    var longPath: [UInt8]?
    var longLink: [UInt8]?
    func field(_ start: Int, _ length: Int) -> [UInt8] {
        Array(bytes[(position + start)..<(position + start + length)].prefix { $0 != 0 })
    }
    func octal(_ start: Int, _ length: Int) -> Int {
        field(start, length).reduce(0) { (0x30...0x37).contains($1) ? $0 * 8 + Int($1 - 0x30) : $0 }
    }
    while position + 512 <= bytes.count, bytes[position] != 0 {
        let size = octal(124, 12)
        let type = Character(Unicode.Scalar(bytes[position + 156]))
        let content = Array(bytes[(position + 512)..<(position + 512 + size)])
        switch type {
        case "L": longPath = Array(content.prefix { $0 != 0 })
        case "K": longLink = Array(content.prefix { $0 != 0 })
        default:
            entries.append(
                ReadEntry(
                    path: String(decoding: longPath ?? field(0, 100), as: UTF8.self),
                    type: type,
                    mode: octal(100, 8),
                    uid: octal(108, 8),
                    gid: octal(116, 8),
                    modified: octal(136, 12),
                    link: String(decoding: longLink ?? field(157, 100), as: UTF8.self),
                    content: content
                )
            )
            (longPath, longLink) = (nil, nil)
        }
        position += 512 + (size + 511) / 512 * 512
    }
    return entries
}
