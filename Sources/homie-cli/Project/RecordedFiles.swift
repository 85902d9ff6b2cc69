internal import HomieCompose
internal import HomieModel
internal import HomieReceipts
internal import Synchronization

/// The files of this machine, with a memory of what was asked of them and what they answered.
final class RecordedFiles: ComposeFileSystem {
    private struct Memory {
        var contents: [String: [UInt8]?] = [:]
        var facts: [Look: Bool] = [:]
        /// An answer that cannot be compared later.
        var isIncomplete = false
    }

    private struct Look: Hashable {
        var kind: Observation.Kind
        var path: String
    }

    private let host = HostFiles()
    private let memory = Mutex(Memory())

    func read(_ path: String) throws -> [UInt8]? {
        do {
            let content = try host.read(path)
            memory.withLock { memory in
                // A file that changes while a project is loaded has no one content.
                if let known = memory.contents[path], known != content { memory.isIncomplete = true }
                memory.contents[path] = .some(content)
            }
            return content
        } catch {
            memory.withLock { $0.isIncomplete = true }
            throw error
        }
    }

    func isDirectory(_ path: String) -> Bool { note(.directory, path, host.isDirectory(path)) }

    func isFile(_ path: String) -> Bool { note(.file, path, host.isFile(path)) }

    private func note(_ kind: Observation.Kind, _ path: String, _ answer: Bool) -> Bool {
        memory.withLock { memory in
            if let known = memory.facts[Look(kind: kind, path: path)], known != answer { memory.isIncomplete = true }
            memory.facts[Look(kind: kind, path: path)] = answer
        }
        return answer
    }

    /// Everything that was looked at, in the order of the paths; nil when not all of it can be looked at again.
    var observations: [Observation]? {
        memory.withLock { memory in
            guard !memory.isIncomplete else { return nil }
            let contents = memory.contents.map { path, content in
                Observation(path: path, answer: content.map { .content(ContentDigest(of: $0)) } ?? .absent)
            }
            let facts = memory.facts.map { look, answer in
                Observation(path: look.path, answer: .fact(look.kind, answer))
            }
            return (contents + facts).sorted { ($0.path, $0.answer.order) < ($1.path, $1.answer.order) }
        }
    }
}
