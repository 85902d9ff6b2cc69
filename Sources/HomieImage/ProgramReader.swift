internal import HomieModel
public import HomiePlanning
internal import HomieProcess

/// The suite's programs, and what of the Swift runtime they share, as they come out of a release build.
public struct ProgramReader: Sendable {
    /// Programs that run on an appliance.
    public static let names = ["homied", "homie", "homie-cli", "homie-update", "homie-confirm-boot"]
    private static let place = "usr/lib/homie/bin"

    private let directory: String
    private let cache: String

    /// - Parameters:
    ///   - directory: where the build left the programs.
    ///   - cache: where stripped copies are kept.
    public init(directory: String, cache: String) {
        self.directory = directory
        self.cache = cache
    }

    /// The files of the programs, their libraries and the links in `/usr/bin`.
    ///
    /// - Throws: ``ImageError``.
    public func files() async throws -> [LayerFile] {
        var files: [LayerFile] = []
        var wanted: [String: String] = [:]
        for name in Self.names {
            let path = directory + "/" + name
            guard (try? FileSystem.size(of: path)) != nil else {
                throw ImageError.missingProgram(name: name, directory: directory)
            }
            files.append(try await stripped(path, name: name))
            files.append(LayerFile(path: "usr/bin/\(name)", content: .link("../lib/homie/bin/\(name)")))
            for (library, place) in try await runtime(of: path) { wanted[library] = place }
        }
        for (library, path) in wanted.sorted(by: { $0.key < $1.key }) {
            // Where the programs look: next to themselves.
            files.append(try await stripped(path, name: library))
        }
        return files
    }

    /// The libraries of the Swift toolchain that a program is linked against, and where they are; Debian's come from
    /// Debian.
    private func runtime(of program: String) async throws -> [String: String] {
        guard let text = try await neededLibraries(of: program) else { return [:] }
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count >= 3, words[1] == "=>", words[2].contains("/swift/") else { continue }
            found[words[0]] = words[2]
        }
        return found
    }

    /// What `ldd` says; nil for a program that is linked against nothing.
    private func neededLibraries(of program: String) async throws -> String? {
        let result = try await end("ldd", [program])
        if result.exitCode != 0, result.complaintText.contains("not a dynamic executable") { return nil }
        guard result.exitCode == 0 else { throw failure("ldd", result) }
        return result.text
    }

    /// A copy without symbols: less than half as large.
    private func stripped(_ path: String, name: String) async throws -> LayerFile {
        let source = try FileSystem.digest(of: path)
        let copy = "\(cache)/stripped/\(source)/\(name)"
        if (try? FileSystem.size(of: copy)) == nil {
            try FileSystem.makeDirectory(FileSystem.directory(of: copy))
            let result = try await end("strip", ["--strip-all", "-o", copy + ".new", path])
            guard result.exitCode == 0 else { throw failure("strip", result) }
            try FileSystem.copy(copy + ".new", to: copy)
        }
        let input = try LayerReader.input(copy)
        return LayerFile(path: "\(Self.place)/\(name)", content: .file(input, isExecutable: true))
    }

    private func failure(_ program: String, _ result: ChildProcess.Result) -> ImageError {
        .toolFailed(program: program, stage: "programs", reason: result.complaintText)
    }

    private func end(_ program: String, _ arguments: [String]) async throws -> ChildProcess.Result {
        let process = ChildProcess(
            program: program,
            arguments: arguments,
            environment: ["LC_ALL": "C"],
            standardError: .kept
        )
        do {
            return try await process.run(timeLimit: .seconds(600))
        } catch ChildProcess.Failure.notStarted {
            throw ImageError.notInstalled(program: program)
        }
    }
}
