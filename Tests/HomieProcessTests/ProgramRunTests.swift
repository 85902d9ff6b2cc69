import Foundation
import HomieTestSupport
import Testing

struct ProgramRunTests {
    @Test("programs that tests ran leave no files open")
    func descriptors() throws {
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try ProgramRun("/bin/true", [])
        let before = try open()
        for _ in 0..<20 { _ = try ProgramRun("/bin/sh", ["-c", "echo out; echo err >&2"]) }
        // Others may open a few meanwhile; a file for each run would be twenty.
        #expect(try open() - before < 10)
    }
}
