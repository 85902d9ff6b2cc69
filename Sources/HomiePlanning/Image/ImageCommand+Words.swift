extension ImageCommand {
    /// The words after the program's name.
    public var words: [ImageWord] {
        switch self {
        case .install(let bootstrap): bootstrap.words
        case .unpackPackages(let suite, let packages, let sources, let output):
            ["--variant=extract", "--format=directory"] + Self.aptOptions
                + [.text("--include=" + packages.joined(separator: ",")), .text(suite), .path(output), .path(sources)]
        case .unpack(let archive, let directory):
            ["--extract", "--numeric-owner", "--preserve-permissions", "--exclude=./dev/*", "--file", .path(archive)]
                + ["--directory", .path(directory)]
        case .layOver(let source, let tree):
            ["--recursive", "--no-dereference", "--preserve=mode,links", "--remove-destination"]
                + [.composed([.path(source), "/."]), .composed([.path(tree), "/"])]
        case .accounts(let tree, let file): [.composed(["--root=", .path(tree)]), .path(file)]
        case .preset(let tree, let units):
            [.composed(["--root=", .path(tree)]), "--quiet", "preset"] + units.map { .text($0) }
        case .mask(let tree, let units):
            [.composed(["--root=", .path(tree)]), "--quiet", "mask"] + units.map { .text($0) }
        case .remove(let paths): ["--recursive", "--force", "--"] + paths.map { .path($0) }
        case .move(let source, let target): ["--no-target-directory", "--", .path(source), .path(target)]
        case .makeDirectories(let paths, let mode):
            ["--parents", .text("--mode=\(mode)"), "--"] + paths.map { .path($0) }
        case .copy(let source, let target): ["--sparse=always", "--", .path(source), .path(target)]
        case .makeErofs, .formatVerity, .makeFAT, .makeFATDirectories, .copyIntoFAT, .makeExt4, .partition:
            fileSystemWords
        case .grubImage(let format, let modules, let output):
            ["--directory", .path(.tool("usr/lib/grub/\(format)")), "--format", .text(format), "--prefix", "/grub"]
                + ["--output", .path(output)] + modules.map { .text($0) }
        case .grubEnvironment(let path): [.path(path), "create"]
        case .grubVariables(let path, let variables): [.path(path), "set"] + variables.map { .text($0) }
        }
    }

    private var fileSystemWords: [ImageWord] {
        switch self {
        case .makeErofs(let tree, let output, let settings):
            [.text("-z\(settings.compression)"), .text("-C\(settings.cluster)"), .text("-T\(settings.epoch)")]
                + (settings.plain.isEmpty ? [] : ["--compress-hints=/dev/stdin"])
                + ["-U", .text(settings.identity), "--quiet", .path(output), .path(tree)]
        case .formatVerity(let path, let blocks, let salt, let identity):
            ["format", .text("--salt=\(salt)"), .text("--uuid=\(identity)"), .text("--data-blocks=\(blocks)")]
                + [.text("--hash-offset=\(blocks * 4096)"), .path(path), .path(path)]
        case .makeFAT(let path, let label, let identity):
            ["-n", .text(label), "-i", .text(identity), "--invariant", .path(path)]
        case .makeFATDirectories(let image, let directories):
            ["-c", "mmd", "-i", .path(image)] + directories.map { .text("::" + $0) }
        case .copyIntoFAT(let image, let files, let directory):
            ["-c", "mcopy", "-i", .path(image)] + files.map { .path($0) } + [.text("::" + directory)]
        case .makeExt4(let path, let label, let identity):
            // The directory hash is seeded by chance otherwise.
            ["-q", "-t", "ext4", "-L", .text(label), "-U", .text(identity), "-m", "0", "-b", "4096"]
                + ["-E", .text("hash_seed=\(identity),lazy_itable_init=1,nodiscard"), .path(path)]
        case .partition(let path, _): ["--quiet", "--no-reread", "--no-tell-kernel", .path(path)]
        default: []
        }
    }

    /// Indexes of a release that was frozen are past their date, and as good as before.
    fileprivate static let aptOptions: [ImageWord] = [
        #"--aptopt=Apt::Install-Recommends "false""#, #"--aptopt=Acquire::Check-Valid-Until "false""#,
    ]
}

extension ImageCommand.Bootstrap {
    /// What nobody reads on an appliance stays out; the licences stay.
    private static let exclusions = [
        "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/locale/*",
        "path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright",
        "path-exclude=/usr/share/bash-completion/*", "path-exclude=/usr/share/lintian/*",
    ]

    fileprivate var words: [ImageWord] {
        var words: [ImageWord] = [
            .text("--architectures=\(architecture.rawValue)"), "--variant=apt", "--format=tar",
        ]
        words += ImageCommand.aptOptions + Self.exclusions.map { .text("--dpkgopt=\($0)") }
        for (place, source) in early.sorted(by: { $0.key < $1.key }) {
            let directory = place.split(separator: "/").dropLast().joined(separator: "/")
            words.append(.text("--essential-hook=mkdir -p \"$1/\(directory)\""))
            words.append(.composed(["--essential-hook=upload \"", .path(source), "\" /\(place)"]))
            words.append(.text("--essential-hook=chmod 755 \"$1/\(place)\""))
        }
        words.append(.composed(["--essential-hook=systemd-sysusers --root=\"$1\" \"", .path(accounts), "\""]))
        words.append(.text("--include=" + packages.joined(separator: ",")))
        return words + [.text(suite), .path(output), .path(sources)]
    }
}

extension ImageWord: ExpressibleByStringInterpolation {}
