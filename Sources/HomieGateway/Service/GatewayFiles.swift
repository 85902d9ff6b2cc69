internal import FoundationEssentials
internal import HomieModel

/// The configuration, the map and the notes on disk.
struct GatewayFiles: Sendable {
    let paths: GatewayPaths

    /// What the running process was given; nil when there are no notes, or none that can be read.
    ///
    /// - Throws: ``GatewayError``
    func memory() throws(GatewayError) -> GatewayMemory? {
        guard let text = try AtomicFile.read(paths.layout) else { return nil }
        // Notes of another release mean a reload, which makes new ones.
        return try? JSONDecoder().decode(GatewayMemory.self, from: Data(text.utf8))
    }

    /// Writes what holds from now on. The configuration takes its place only after `check` accepted it.
    ///
    /// - Throws: ``GatewayError``
    func write(
        _ configuration: String,
        map: String,
        _ memory: GatewayMemory,
        check: (String) async throws(GatewayError) -> Void
    ) async throws(GatewayError) {
        try AtomicFile.write(map, to: paths.map)
        try AtomicFile.write(configuration, to: paths.candidate)
        try await check(paths.candidate)
        let notes: String
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            notes = String(decoding: try encoder.encode(memory), as: UTF8.self)
        } catch {
            throw .file(path: paths.layout, underlying: error)
        }
        try AtomicFile.move(paths.candidate, to: paths.configuration)
        try AtomicFile.write(notes, to: paths.layout)
    }
}
