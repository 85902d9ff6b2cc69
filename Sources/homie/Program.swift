internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The program that does the work: `homie-cli`, beside this one or where packages put it.
enum Program {
    static let name = "homie-cli"
    static let installed = "/usr/lib/homie/bin/" + name

    /// - Returns: nil when it is in neither place.
    static func path() -> String? {
        candidates().first { access($0, X_OK) == 0 }
    }

    private static func candidates() -> [String] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { return [installed] }
        let own = buffer[..<length].map { UInt8(bitPattern: $0) }
        let folder = own.prefix(through: own.lastIndex(of: 0x2F) ?? 0)
        return [String(decoding: folder, as: UTF8.self) + name, installed]
    }

    /// Goes on as another program, with the arguments of this one.
    ///
    /// - Returns: an errno value, when that could not be.
    static func become(_ path: String) -> Int32 {
        execv(path, CommandLine.unsafeArgv)
        return errno
    }
}

struct ProgramMissing: UserFacingError {
    var summary: String { "\(Program.name) is neither beside 'homie' nor at \(Program.installed)" }
    var hint: String? { "install Homie again; both programs belong to it" }
    var kind: ErrorKind { .failed }
}

struct ProgramUnusable: UserFacingError {
    let path: String
    let reason: String

    var summary: String { "cannot start \(path): \(reason)" }
    var hint: String? { "install Homie again" }
    var kind: ErrorKind { .failed }
}
