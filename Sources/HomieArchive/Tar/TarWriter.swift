internal import CArchive
internal import HomieModel

/// Writes a tar archive (GNU format) piece by piece; what was written is taken out with ``drain()``.
///
/// Names are written byte for byte, whatever their encoding.
public final class TarWriter {
    private final class Sink {
        var bytes: [UInt8] = []
    }

    private let archive: OpaquePointer
    private let sink = Sink()
    private var isFinished = false

    public init() throws(ArchiveError) {
        guard let archive = archive_write_new() else { throw .cannotWrite(path: nil, reason: "out of memory") }
        self.archive = archive
        try check(archive_write_set_format_gnutar(archive), path: nil)
        try check(archive_write_add_filter_none(archive), path: nil)
        // No padding to whole tape records.
        try check(archive_write_set_bytes_in_last_block(archive, 1), path: nil)
        let opened = archive_write_open2(
            archive,
            Unmanaged.passUnretained(sink).toOpaque(),
            nil,
            { _, client, bytes, count in
                guard let client, let bytes else { return -1 }
                let sink = Unmanaged<Sink>.fromOpaque(client).takeUnretainedValue()
                sink.bytes += UnsafeRawBufferPointer(start: bytes, count: count)
                return count
            },
            nil,
            nil
        )
        try check(opened, path: nil)
    }

    deinit { archive_write_free(archive) }

    /// Begins an entry; the content of a file follows with ``write(_:)``, exactly as many bytes as announced.
    /// Missing bytes are filled with zeros, surplus ones dropped: a file may change while it is read.
    public func begin(_ entry: TarEntry) throws(ArchiveError) {
        let name = String(decoding: entry.path, as: UTF8.self)
        guard let header = archive_entry_new() else { throw .cannotWrite(path: name, reason: "out of memory") }
        defer { archive_entry_free(header) }
        Self.withCString(entry.path) { archive_entry_copy_pathname(header, $0) }
        archive_entry_set_perm(header, mode_t(entry.mode & 0o7777))
        archive_entry_set_uid(header, entry.uid)
        archive_entry_set_gid(header, entry.gid)
        archive_entry_set_mtime(header, Int(entry.modifiedAt.nanoseconds / 1_000_000_000), 0)
        switch entry.kind {
        case .file(let size):
            archive_entry_set_filetype(header, 0o100000)
            archive_entry_set_size(header, size)
        case .directory:
            archive_entry_set_filetype(header, 0o040000)
        case .symbolicLink(let target):
            archive_entry_set_filetype(header, 0o120000)
            Self.withCString(target) { archive_entry_copy_symlink(header, $0) }
        case .fifo:
            archive_entry_set_filetype(header, 0o010000)
        }
        try check(archive_write_header(archive, header), path: name)
    }

    public func write(_ bytes: ArraySlice<UInt8>) throws(ArchiveError) {
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard written >= 0 else { throw failure(path: nil) }
    }

    /// A whole file whose content is here.
    public func add(_ entry: TarEntry, content: [UInt8]) throws(ArchiveError) {
        var entry = entry
        entry.kind = .file(size: Int64(content.count))
        try begin(entry)
        if !content.isEmpty { try write(content[...]) }
    }

    /// What was written since the last call.
    public func drain() -> [UInt8] {
        defer { sink.bytes = [] }
        return sink.bytes
    }

    /// How many bytes ``drain()`` would give.
    public var pendingBytes: Int { sink.bytes.count }

    /// Ends the archive; returns its last bytes. Nothing can be added afterwards.
    public func finish() throws(ArchiveError) -> [UInt8] {
        if !isFinished {
            isFinished = true
            try check(archive_write_close(archive), path: nil)
        }
        return drain()
    }

    private func check(_ result: Int32, path: String?) throws(ArchiveError) {
        // ARCHIVE_WARN (-20) still wrote the entry.
        guard result >= -20 else { throw failure(path: path) }
    }

    private func failure(path: String?) -> ArchiveError {
        .cannotWrite(path: path, reason: archive_error_string(archive).map { String(cString: $0) } ?? "unknown")
    }

    private static func withCString(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Void) {
        (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base) }
        }
    }
}
