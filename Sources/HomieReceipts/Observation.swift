public import HomieModel

/// One thing that a project's meaning depends on: a path, and what was found there.
public struct Observation: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case directory, file
    }

    public enum Answer: Hashable, Sendable {
        case content(ContentDigest)
        case absent
        case fact(Kind, Bool)

        /// The order of those of one path.
        public var order: Int {
            switch self {
            case .content, .absent: 0
            case .fact(.directory, _): 1
            case .fact(.file, _): 2
            }
        }
    }

    public var path: String
    public var answer: Answer

    public init(path: String, answer: Answer) {
        self.path = path
        self.answer = answer
    }

    /// Looks again: true when the answer is the same.
    public func holds(in files: HostFiles) -> Bool {
        switch answer {
        case .fact(.directory, let expected): return files.isDirectory(path) == expected
        case .fact(.file, let expected): return files.isFile(path) == expected
        case .content, .absent: break
        }
        do {
            return try answer == (files.read(path).map { .content(ContentDigest(of: $0)) } ?? .absent)
        } catch {
            // Neither there nor not there.
            return false
        }
    }
}
