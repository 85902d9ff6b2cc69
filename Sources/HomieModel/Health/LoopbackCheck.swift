/// A health check whose command only asks the container's own server over the loopback, read off its words.
///
/// Running such a command costs the engine a process and a tenth of a second; asking the server is done in a millisecond.
/// Only what means the same is recognised: every option is known, nothing is left to a shell, and the program tries the
/// very address that is meant (`localhost` is left to programs that try all of its addresses). Whoever asks in the
/// command's place may take a yes for a yes; a no is for the command itself to say.
public struct LoopbackCheck: Sendable, Hashable {
    public enum Question: Sendable, Hashable {
        /// A GET of this path, with this `Host` header, whose answer's status is in the range.
        case http(path: String, host: String, statuses: ClosedRange<Int>)
        /// A connection is accepted.
        case tcp
    }

    public let port: UInt16
    public let question: Question
    /// The program, as the command names it: an image that lacks it never passes.
    public private(set) var program = ""

    /// - Parameters:
    ///   - test: a Compose health check's `test` in its list form.
    ///   - environment: the names of the container's variables as far as they are known.
    /// - Returns: nil when the command may do anything else.
    public init?(test: [String], environment: some Sequence<String> = []) {
        // A proxy would be asked in the server's place.
        guard !environment.contains(where: { $0.lowercased().hasSuffix("_proxy") }) else { return nil }
        guard let words = Self.words(test), let program = words.first else { return nil }
        let arguments = words.dropFirst()
        let check: LoopbackCheck? =
            switch program.split(separator: "/").last {
            case "curl": Self.curl(arguments)
            case "wget": Self.wget(arguments)
            case "nc": Self.netcat(arguments)
            default: nil
            }
        guard var check else { return nil }
        check.program = program
        self = check
    }

    private init(port: UInt16, question: Question) {
        self.port = port
        self.question = question
    }

    // MARK: commands

    /// The words of a command that needs no shell.
    private static func words(_ test: [String]) -> [String]? {
        switch test.first {
        case "CMD": return Array(test.dropFirst())
        case "CMD-SHELL":
            guard test.count == 2 else { return nil }
            var text = Substring(test[1])
            // The engine takes any other exit code for the same failure.
            if let or = text.firstRange(of: "||") {
                let rest = text[or.upperBound...].split(separator: " ")
                guard rest.count == 2, rest[0] == "exit", let code = Int(rest[1]), (1...255).contains(code) else {
                    return nil
                }
                text = text[..<or.lowerBound]
            }
            let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:=%,+@")
            guard text.allSatisfy(plain.contains) else { return nil }
            return text.split(separator: " ").map(String.init)
        default: return nil
        }
    }

    /// With `-f`, what is below 400 is a success; redirections are not followed.
    private static func curl(_ arguments: ArraySlice<String>) -> LoopbackCheck? {
        var rest = arguments
        var urls: [String] = []
        var fails = false
        while let word = rest.popFirst() {
            switch word {
            case "--fail": fails = true
            case "--silent", "--show-error": continue
            case "-o", "--output": guard rest.popFirst() == "/dev/null" else { return nil }
            case _ where word.hasPrefix("-"):
                guard word.count > 1, word.dropFirst().allSatisfy("fsS".contains) else { return nil }
                fails = fails || word.contains("f")
            default: urls.append(word)
            }
        }
        guard fails, urls.count == 1 else { return nil }
        return http(urls[0], hosts: ["127.0.0.1", "localhost"], statuses: 200...399)
    }

    /// Follows redirections, which the question does not: only a final answer is one.
    private static func wget(_ arguments: ArraySlice<String>) -> LoopbackCheck? {
        var rest = arguments
        var urls: [String] = []
        while let word = rest.popFirst() {
            switch word {
            case "-q", "--quiet", "-nv", "--no-verbose", "-t1", "--tries=1", "-qO-", "-O-", "-qO/dev/null",
                "-O/dev/null":
                continue
            case "-O", "-qO":
                guard let target = rest.popFirst(), ["-", "/dev/null"].contains(target) else { return nil }
            case "-t": guard rest.popFirst() == "1" else { return nil }
            case _ where word.hasPrefix("-"): return nil
            default: urls.append(word)
            }
        }
        guard urls.count == 1 else { return nil }
        return http(urls[0], hosts: ["127.0.0.1"], statuses: 200...299)
    }

    private static func netcat(_ arguments: ArraySlice<String>) -> LoopbackCheck? {
        guard arguments.count == 3, arguments.first == "-z", arguments.dropFirst().first == "127.0.0.1",
            let port = arguments.last.flatMap({ UInt16($0) }), port > 0
        else { return nil }
        return LoopbackCheck(port: port, question: .tcp)
    }

    private static func http(_ url: String, hosts: [String], statuses: ClosedRange<Int>) -> LoopbackCheck? {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, hosts.contains(String(host)), parts.count <= 2 else { return nil }
        let number = parts.count == 2 ? UInt16(parts[1]) : 80
        guard let port = number, port > 0 else { return nil }
        let path = slash == rest.endIndex ? "/" : String(rest[slash...])
        // Nothing that a program would change on the way, such as a fragment or a blank.
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=%,+&?:")
        guard path.allSatisfy(plain.contains), !path.contains("/../"), !path.contains("/./") else { return nil }
        let name = port == 80 ? String(host) : "\(host):\(port)"
        return LoopbackCheck(port: port, question: .http(path: path, host: name, statuses: statuses))
    }
}
