import FoundationEssentials
import GRDB
import Glibc
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieStore

@Suite struct SealingTests {
    private func revision() -> RevisionRecord {
        var revision = Samples.revision(1)
        revision.definition.secrets["token"] = FileSource.content("correct horse battery")
        revision.definition.services[Samples.service("web")]?.environment = ["PASSWORD": "staple-in-the-clear"]
        return revision
    }

    private func bytes(in directory: ScopedDirectory) throws -> [UInt8] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).flatMap { name in
            [UInt8](FileManager.default.contents(atPath: directory.path + "/" + name) ?? Data())
        }
    }

    @Test func `neither secrets nor passwords in the environment are readable in the files, and both come back`()
        async throws
    {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit([.putStack(Samples.stack()), .putRevision(revision())])
        let text = String(decoding: try bytes(in: directory), as: UTF8.self)
        #expect(!text.contains("correct horse") && !text.contains("staple-in-the-clear"))
        try store.close()
        #expect(!String(decoding: try bytes(in: directory), as: UTF8.self).contains("correct horse"))
        let again = try SQLiteStateStore(directory)
        #expect(try await again.load().revisions == [revision()])
        #expect(try await again.revisions(of: Samples.shop) == [revision()])
    }

    @Test func `the environment of a container is in no byte of the files`() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        var container = Samples.container("c")
        container.labels[ContainerLabels.definition] = #"{"service":{"environment":{"PASSWORD":"staple"}}}"#
        container.labels[ContainerLabels.adopted] = "true"
        try await store.commit([.putStack(Samples.stack()), .putRevision(revision()), .putContainer(container)])
        #expect(!String(decoding: try bytes(in: directory), as: UTF8.self).contains("staple"))
        container.labels[ContainerLabels.definition] = nil
        #expect(try await store.load().containers == [container])
        try store.close()
        #expect(!String(decoding: try bytes(in: directory), as: UTF8.self).contains("staple"))
    }

    @Test func `what an earlier release had written of a container's environment is taken out`() async throws {
        let directory = try ScopedDirectory()
        let opening = StoreOpening(
            files: StoreFiles(directory: directory.path),
            now: Samples.start,
            maximumSize: ByteCount(bytes: 1 << 28),
            migrations: Array(Migration.all.prefix(12))
        )
        let pool = try opening.open()
        var container = Samples.container("c")
        container.labels[ContainerLabels.definition] = #"{"service":{"environment":{"PASSWORD":"staple"}}}"#
        let observation = try RecordJSON.text(container, of: "")
        let created = container.createdAt.nanoseconds
        try await pool.write { database in
            try database.execute(
                sql: "INSERT INTO containers (id, observation, created_at, finished_at) VALUES ('c', ?, ?, ?)",
                arguments: [observation, created, created]
            )
        }
        try pool.close()
        #expect(String(decoding: try bytes(in: directory), as: UTF8.self).contains("staple"))
        try SQLiteStateStore(directory).close()
        #expect(!String(decoding: try bytes(in: directory), as: UTF8.self).contains("staple"))
        let store = try SQLiteStateStore(directory)
        #expect(try await store.load().containers.map(\.labels) == [[ContainerLabels.project: "shop"]])
    }

    @Test func `the key is the daemon's alone and stays the same`() throws {
        let directory = try ScopedDirectory()
        try SQLiteStateStore(directory).close()
        let path = directory.path + "/state.key"
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600 && status.st_size == 32)
        let key = FileManager.default.contents(atPath: path)
        try SQLiteStateStore(directory).close()
        #expect(FileManager.default.contents(atPath: path) == key)
    }

    @Test(arguments: [true, false])
    func `without the key, or with another, the stack is named, its rows stay, and nothing counts as damaged`(
        isMissing: Bool
    ) async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit([.putStack(Samples.stack()), .putRevision(revision())])
        try store.close()
        let path = directory.path + "/state.key"
        let key = FileManager.default.contents(atPath: path)
        unlink(path)
        if !isMissing { try Data(SecretBox.makeKey()).write(to: URL(filePath: path)) }
        let other = try SQLiteStateStore(directory)
        let state = try await other.load()
        #expect(state.stacks.isEmpty && state.damage == nil && state.faults.isEmpty)
        if isMissing {
            // No other key took its place, and nothing is written that the right one could not open.
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(state.unreadable[Samples.shop]?.contains("'\(path)', with which the state was sealed") == true)
            await #expect {
                try await other.commit([.putRevision(Samples.revision(2))])
            } throws: { error in
                (error as? StoreError)?.hint?.contains("put the key back") == true
            }
        } else {
            #expect(state.unreadable[Samples.shop]?.contains("revision 1 of stack 'shop'") == true)
        }
        try other.close()
        try key?.write(to: URL(filePath: path))
        let restored = try SQLiteStateStore(directory)
        #expect(try await restored.load().revisions == [revision()])
    }

    @Test func `a cut key is refused with its path, not replaced`() throws {
        let directory = try ScopedDirectory()
        try SQLiteStateStore(directory).close()
        let path = directory.path + "/state.key"
        try Data([1, 2, 3]).write(to: URL(filePath: path))
        #expect {
            try SQLiteStateStore(directory)
        } throws: { error in
            (error as? StoreError)?.summary.contains(path) == true
        }
        #expect(FileManager.default.contents(atPath: path) == Data([1, 2, 3]))
    }

    @Test func `a systemd credential takes the key file's place`() throws {
        let directory = try ScopedDirectory()
        let files = StoreFiles(directory: directory.path)
        let key = [UInt8](repeating: 7, count: SecretBox.keySize)
        try Data(key).write(to: URL(filePath: directory.path + "/homie-state-key"))
        let box = try SecretKeyFile(files: files, credentials: directory.path).box()
        #expect(try SecretBox(key: key).open(box.seal([1, 2], for: "x"), for: "x") == [1, 2])
        #expect(!files.exists(files.key))
    }

    @Test func `what is sealed opens only whole, with its key and for its purpose`() throws {
        let box = SecretBox(key: SecretBox.makeKey())
        let sealed = try box.seal(Array("secret".utf8), for: "a")
        #expect(try box.open(sealed, for: "a") == Array("secret".utf8))
        #expect(throws: (any Error).self) { try box.open(sealed, for: "b") }
        #expect(throws: (any Error).self) { try SecretBox(key: SecretBox.makeKey()).open(sealed, for: "a") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: (any Error).self) { try box.open(changed, for: "a") }
        }
        #expect(try box.seal([], for: "a") != box.seal([], for: "a"))
    }
}
