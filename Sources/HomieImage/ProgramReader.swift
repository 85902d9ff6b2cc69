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
        let text = try await run("ldd", [program])
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count >= 3, words[1] == "=>", words[2].contains("/swift/") else { continue }
            found[words[0]] = words[2]
        }
        return found
    }

    /// A copy without symbols: less than half as large.
    private func stripped(_ path: String, name: String) async throws -> LayerFile {
        let source = try FileSystem.digest(of: path)
        let copy = "\(cache)/stripped/\(source)/\(name)"
        if (try? FileSystem.size(of: copy)) == nil {
            try FileSystem.makeDirectory(FileSystem.directory(of: copy))
            _ = try await run("strip", ["--strip-all", "-o", copy + ".new", path])
            try FileSystem.copy(copy + ".new", to: copy)
        }
        let input = try LayerReader.input(copy)
        return LayerFile(path: "\(Self.place)/\(name)", content: .file(input, isExecutable: true))
    }

    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let process = ChildProcess(
            program: program,
            arguments: arguments,
            environment: ["LC_ALL": "C"],
            standardError: .kept
        )
        do {
            let result = try await process.run(timeLimit: .seconds(600))
            guard result.exitCode == 0 else {
                throw ImageError.toolFailed(program: program, stage: "programs", reason: result.complaintText)
            }
            return result.text
        } catch ChildProcess.Failure.notStarted {
            throw ImageError.notInstalled(program: program)
        }
    }
}
