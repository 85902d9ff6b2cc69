public import Foundation

extension Process {
    /// Runs the process, and closes our own descriptors of the files that it was given.
    ///
    /// Foundation keeps a process it has run, and the files with it, to the end of ours. `run()` then looks for the highest open
    /// descriptor and reads past the end of the directory's buffer, which ends a test process with SIGSEGV as soon as there are
    /// some 1,360 of them (`findMaximumOpenFromProcSelfFD` of swift-corelibs-foundation 6.3).
    ///
    /// - Throws: what `run()` throws.
    public func start() throws {
        try run()
        for case let file as FileHandle in [standardInput, standardOutput, standardError] {
            guard file !== FileHandle.nullDevice, file.fileDescriptor > STDERR_FILENO else { continue }
            // The same handle may stand at two places.
            try? file.close()
        }
    }
}
