internal import HomieModel
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A number that one thread raises and another reads.
final class Counter: Sendable {
    private let value = Atomic<Int64>(0)

    func add(_ count: Int64) { value.add(count, ordering: .relaxed) }
    func load() -> Int64 { value.load(ordering: .relaxed) }
}

/// Appends an answer to the part of a file, or begins it anew when the server does.
final class FileSink: ResponseSink {
    private struct State {
        var descriptor: Int32 = -1
        var size: Int64 = 0
        var total: Int64?
    }

    let received = Counter()
    private let download: Download
    private let part: PartialFile
    private let report: @Sendable (DownloadProgress) -> Void
    private let state = Mutex(State())

    init(download: Download, part: PartialFile, report: @escaping @Sendable (DownloadProgress) -> Void) {
        self.download = download
        self.part = part
        self.report = report
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    func begin(_ head: ResponseHead) throws {
        switch head.status {
        case 200: try open(at: 0, head)
        case 206:
            let start = head.rangeStart
            guard let start, start == part.size else {
                try part.discard()
                throw TransferError.unreachable(
                    url: download.url,
                    reason: "the server gave another part than the one asked for"
                )
            }
            try open(at: start, head)
        case 416:
            // What is there is longer than the server's file: it is of another one.
            try part.discard()
            throw TransferError.unreachable(url: download.url, reason: "the file has changed on the server")
        default: throw TransferError.status(url: download.url, head.status)
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws {
        let progress = try state.withLock { state in
            if let limit = download.size?.bytes, state.size + Int64(bytes.count) > limit {
                let found = ByteCount(bytes: state.total ?? state.size + Int64(bytes.count))
                throw TransferError.wrongSize(url: download.url, expected: ByteCount(bytes: limit), found: found)
            }
            var offset = 0
            while offset < bytes.count {
                let count = write(state.descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw TransferError.file(path: part.path, code: errno) }
                offset += count
            }
            state.size += Int64(bytes.count)
            return DownloadProgress(
                received: ByteCount(bytes: state.size),
                total: state.total.map { ByteCount(bytes: $0) }
            )
        }
        received.add(Int64(bytes.count))
        report(progress)
    }

    private func open(at start: Int64, _ head: ResponseHead) throws {
        let length = head.fields["content-length"].flatMap { Int64($0) }
        // A server may claim any length; one that no number can hold is never reached.
        let total =
            download.size?.bytes
            ?? length.map { length in
                let (sum, isOver) = length.addingReportingOverflow(start)
                return isOver ? .max : sum
            }
        if start == 0 { try part.discard() }
        // Before the first byte: what is on the disk can always be told apart.
        try part.note(
            PartialFile.Origin(
                url: download.url,
                size: total,
                sha256: download.sha256?.hex,
                entityTag: head.fields["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 },
                lastModified: head.fields["last-modified"]
            )
        )
        let path = part.path
        let descriptor = Self.openFile(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw TransferError.file(path: path, code: errno) }
        state.withLock { state in
            state.descriptor = descriptor
            state.size = start
            state.total = total
        }
    }

    private static func openFile(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, 0o644)
        #else
            Musl.open(path, flags, 0o644)
        #endif
    }
}

extension ResponseHead {
    /// Where the bytes of a `206` begin (RFC 9110, 14.4).
    var rangeStart: Int64? {
        guard let range = fields["content-range"], range.hasPrefix("bytes ") else { return nil }
        return Int64(range.dropFirst(6).prefix { $0 != "-" })
    }
}

/// Keeps an answer in memory.
final class MemorySink: ResponseSink {
    let bytes = Mutex<[UInt8]>([])
    private let url: String
    private let limit: ByteCount

    init(url: String, limit: ByteCount) {
        self.url = url
        self.limit = limit
    }

    func begin(_ head: ResponseHead) throws {
        guard head.status == 200 else { throw TransferError.status(url: url, head.status) }
    }

    func receive(_ new: UnsafeRawBufferPointer) throws {
        try bytes.withLock { bytes in
            guard bytes.count + new.count <= limit.bytes else { throw TransferError.tooLarge(url: url, limit: limit) }
            bytes += new
        }
    }
}

/// Keeps the head of an answer, whatever its status.
final class HeadSink: ResponseSink {
    let head = Mutex(ResponseHead())

    func begin(_ head: ResponseHead) throws { self.head.withLock { $0 = head } }
    func receive(_ bytes: UnsafeRawBufferPointer) throws {}
}
