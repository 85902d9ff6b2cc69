internal import FoundationEssentials
internal import HomieModel
internal import HomiePlanning
internal import HomieProcess

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Takes the steps of one stage; chooses nothing.
struct StageRunner: Sendable {
    let stage: ImageStage
    /// Where each stage's outputs are; this one's are being made.
    let outputs: [ImageStageName: String]
    let scratch: String
    let epoch: Int64
    let timeLimit: Duration

    func run() async throws {
        for step in stage.steps { try await take(step) }
    }

    private func take(_ step: ImageStep) async throws {
        switch step {
        case .run(let command): _ = try await run(command)
        case .capture(let command, let path): try FileSystem.write(try await run(command), to: place(path))
        case .write(let text, let path): try FileSystem.write(text, to: place(path))
        case .makeDirectory(let path): try FileSystem.makeDirectory(place(path))
        case .lay(let files, let path): for file in files { try lay(file, in: place(path)) }
        case .pick(let prefix, let directory, let path): try pick(prefix, in: place(directory), to: place(path))
        case .checkPackages(let status, let pinned):
            guard !pinned.isEmpty else { return }
            let differences = PackageList(status: try FileSystem.read(place(status))).differences(from: pinned)
            if !differences.isEmpty { throw ImageError.packages(differences) }
        case .pad(let path, let multiple):
            let size = try FileSystem.size(of: place(path)).bytes
            try FileSystem.setSize(ByteCount(bytes: (size + multiple - 1) / multiple * multiple), of: place(path))
        case .seal(let path, let salt, let identity, let arguments, let configuration):
            try await seal(path, salt: salt, identity: identity, arguments: arguments, configuration: configuration)
        case .allocate(let path, let size): try FileSystem.setSize(size, of: place(path))
        case .place(let source, let target, let offset, let limit):
            let size = try FileSystem.size(of: place(source))
            if size > limit { throw ImageError.tooLarge(path: place(source), size: size, limit: limit) }
            try Blocks.place(place(source), in: place(target), at: offset)
        case .mapBlocks(let source, let path):
            try FileSystem.write(try BlockMap(of: place(source)).text(), to: place(path))
        case .digest(let source, let name, let path):
            try FileSystem.write("\(try FileSystem.digest(of: place(source))) *\(name)\n", to: place(path))
        }
    }

    private func place(_ path: ImagePath) -> String {
        switch path {
        case .input(let input): input.path
        case .output(let stage, let name): "\(outputs[stage] ?? "")/\(name)"
        case .scratch(let name): "\(scratch)/\(name)"
        case .tool(let name): "\(outputs[.tools] ?? "")/root/\(name)"
        }
    }

    private func lay(_ file: LayerFile, in directory: String) throws {
        let target = directory + "/" + file.path
        switch file.content {
        case .file(let input, let isExecutable):
            try FileSystem.copy(input.path, to: target)
            try FileSystem.setMode(isExecutable ? 0o755 : 0o644, of: target)
        case .text(let text, let mode):
            // What an earlier layer has left there may be a link.
            unlink(target)
            try FileSystem.write(text, to: target)
            try FileSystem.setMode(mode, of: target)
        case .link(let link):
            unlink(target)
            try FileSystem.link(target, to: link)
        }
    }

    private func pick(_ prefix: String, in directory: String, to target: String) throws {
        let names = try FileSystem.names(in: directory).filter { $0.hasPrefix(prefix) }
        guard names.count == 1, let name = names.first else {
            throw ImageError.file(
                path: "\(directory)/\(prefix)*",
                reason: "there are \(names.count) such files, not one"
            )
        }
        try FileSystem.copy(directory + "/" + name, to: target)
    }

    private func seal(
        _ path: ImagePath,
        salt: String,
        identity: String,
        arguments: String,
        configuration: ImagePath
    ) async throws {
        let size = try FileSystem.size(of: place(path)).bytes
        let said = try await run(.formatVerity(path, dataBlocks: size / 4096, salt: salt, identity: identity))
        guard let slot = SlotConfiguration(verityOutput: said, hashOffset: size, arguments: arguments) else {
            throw ImageError.toolFailed(
                program: "veritysetup",
                stage: stage.name.title,
                reason: "it named no root hash"
            )
        }
        try FileSystem.write(slot.text, to: place(configuration))
    }
}

extension StageRunner {
    private func run(_ command: ImageCommand) async throws -> String {
        var words = command.words.map(text)
        switch command.program {
        case .host(let name): words.insert(name, at: 0)
        case .tool(let name): words = try tool(name) + words
        }
        // Where the user is not root, the owners of a tree exist in a namespace only.
        if command.needsOwners, geteuid() != 0 { words = ["unshare", "--map-root-user", "--map-auto", "--"] + words }
        let process = ChildProcess(
            program: words[0],
            arguments: Array(words.dropFirst()),
            environment: environment,
            standardError: .kept
        )
        let name = command.program.shortName
        do {
            let result = try await process.run(input: Array((command.input ?? "").utf8), timeLimit: timeLimit)
            guard result.exitCode == 0 else {
                throw ImageError.toolFailed(program: name, stage: stage.name.title, reason: Self.lastWords(result))
            }
            return result.text
        } catch ChildProcess.Failure.notStarted {
            throw ImageError.notInstalled(program: name)
        } catch ChildProcess.Failure.timedOut {
            throw ImageError.toolFailed(program: name, stage: stage.name.title, reason: "it did not end in time")
        }
    }

    private func text(_ word: ImageWord) -> String {
        switch word {
        case .text(let text): text
        case .path(let path): place(path)
        case .composed(let words): words.map(text).joined()
        }
    }

    /// A program of the unpacked tools runs on the libraries that came with it.
    private func tool(_ name: String) throws -> [String] {
        let root = place(.tool(""))
        for directory in try FileSystem.names(in: root + "usr/lib") where directory.hasSuffix("-linux-gnu") {
            let libraries = root + "usr/lib/" + directory
            guard let loader = try FileSystem.names(in: libraries).first(where: { $0.hasPrefix("ld-linux-") }) else {
                continue
            }
            return [libraries + "/" + loader, "--library-path", libraries, root + name]
        }
        throw ImageError.file(path: root, reason: "it holds no dynamic loader")
    }

    /// Nothing of the build host's language, time and place gets into an image.
    private var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": String(epoch), "MTOOLSRC": "/dev/null",
            "MTOOLS_SKIP_CHECK": "1", "MKE2FS_CONFIG": place(.tool("etc/mke2fs.conf")), "TMPDIR": scratch,
            "PATH": path + ":/usr/sbin:/sbin", "SYSTEMD_OFFLINE": "1",
        ]
    }

    private static func lastWords(_ result: ChildProcess.Result) -> String {
        let lines = (result.text + "\n" + result.complaintText).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? "exit code \(result.exitCode)" : lines.suffix(4).joined(separator: " | ")
    }
}

extension ImageCommand.Program {
    var shortName: String {
        switch self {
        case .host(let name), .tool(let name): String(name.split(separator: "/").last ?? "")
        }
    }
}
