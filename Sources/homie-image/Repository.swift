internal import ArgumentParser
internal import FoundationEssentials
internal import HomieImage
internal import HomieModel
internal import HomiePlanning

/// The rooms of the repository that an image is made of.
struct Repository {
    let root: String

    var boards: [String] {
        get throws {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/image/boards")) ?? []
            return names.sorted()
        }
    }

    func board(_ name: String) throws -> Board {
        let known = try boards
        guard known.contains(name) else { throw RepositoryError.unknownBoard(name, known: known) }
        return try Board(name: name, parsing: try LayerReader.text("\(root)/image/boards/\(name)/board.conf"))
    }

    func packages(_ board: Board) throws -> [String] {
        let common = try LayerReader.text(root + "/image/packages")
        let own = try LayerReader.text("\(root)/image/boards/\(board.name)/packages")
        return TextLine.entries(common) + TextLine.entries(own)
    }

    func lockFile(_ board: Board) -> String { "\(root)/image/boards/\(board.name)/packages.lock" }

    func pinned(_ board: Board) throws -> [String] {
        let path = lockFile(board)
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try TextLine.entries(LayerReader.text(path))
    }

    func sources(_ file: String?) throws -> [String] {
        try TextLine.entries(LayerReader.text(file ?? root + "/image/sources.list"))
    }

    var initramfs: [String: ImageInput] {
        get throws {
            let room = root + "/image/initramfs"
            return [
                "etc/initramfs-tools/scripts/homie": try LayerReader.input(room + "/homie"),
                "etc/initramfs-tools/hooks/homie": try LayerReader.input(room + "/hook"),
                "etc/initramfs-tools/conf.d/homie": try LayerReader.input(room + "/homie.conf"),
            ]
        }
    }

    /// mmdebstrap's hooks run in a directory of their own: the path says where it is from everywhere.
    var accounts: ImageInput {
        get throws {
            let place = root.hasPrefix("/") ? root : FileManager.default.currentDirectoryPath + "/" + root
            return try LayerReader.input(place + "/image/accounts")
        }
    }

    var bootLoader: ImageInput { get throws { try LayerReader.input(root + "/image/grub/grub.cfg") } }

    /// Files of the rooms, the board's after those of every board.
    func layers(_ board: Board) throws -> [LayerFile] {
        var layers = try LayerReader.units(root + "/systemd") + LayerReader.units(root + "/udev")
        layers += try LayerReader.tree(root + "/image/rootfs")
        let own = "\(root)/image/boards/\(board.name)/rootfs"
        if FileManager.default.fileExists(atPath: own) { layers += try LayerReader.tree(own) }
        return layers
    }

    /// The units that the presets of the rooms enable.
    var enabled: [String] {
        get throws {
            var units: [String] = []
            for file in ["systemd/90-homie.preset", "image/rootfs/usr/lib/systemd/system-preset/50-homie-image.preset"]
            {
                units += LayerFile.units(enabledBy: try LayerReader.text(root + "/" + file))
            }
            return units
        }
    }

    var resolved: String { (try? LayerReader.text(root + "/Package.resolved")) ?? "" }
}

enum RepositoryError: UserFacingError {
    case unknownBoard(String, known: [String])

    var summary: String {
        switch self {
        case .unknownBoard(let name, _): "there is no board '\(name)'"
        }
    }

    var hint: String? {
        switch self {
        case .unknownBoard(_, let known):
            known.isEmpty
                ? "run it in the repository, or name it with --root" : "there is \(known.joined(separator: ", "))"
        }
    }

    var kind: ErrorKind { .notFound }
}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "The repository.") var root = "."
    @Option(help: "A list of package sources in the place of image/sources.list.")
    var sources: String?
    @Option(help: "Where results are kept for the next build. [HOMIE_IMAGE_CACHE; default: ~/.cache/homie/image]")
    var cache: String?

    var repository: Repository { Repository(root: root) }

    var cacheDirectory: String {
        let environment = ProcessInfo.processInfo.environment
        if let cache { return cache }
        if let cache = environment["HOMIE_IMAGE_CACHE"], !cache.isEmpty { return cache }
        let home = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
        return home + "/homie/image"
    }
}
