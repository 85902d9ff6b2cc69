internal import Dispatch
public import HomieModel
internal import Synchronization

/// Fetches files over HTTP(S): what was begun is continued, what arrives is verified, what is incomplete never gets
/// the file's name.
public struct Downloader: Sendable {
    private let settings: TransferSettings

    public init(settings: TransferSettings = TransferSettings()) { self.settings = settings }

    /// Fetches a file to its destination; at once when a part of it is there already, from where that ends.
    ///
    /// - Parameter report: called now and then, on threads of libcurl's.
    /// - Throws: ``TransferError``, `CancellationError`. What was fetched stays for the next try.
    public func download(
        _ download: Download,
        report: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> DownloadResult {
        let part = PartialFile(destination: download.destination)
        var transferred: Int64 = 0
        var fruitless = 0
        var pause = settings.firstPause
        var wasContinued = false
        while true {
            let before = part.size
            let sink = FileSink(download: download, part: part, report: report)
            do {
                wasContinued = try await fetch(download, into: part, sink: sink) || wasContinued
                transferred += sink.received.load()
                do {
                    return try await complete(download, part: part, transferred: transferred)
                } catch let error as TransferError where error.isWrongContent {
                    // The beginning may be of another file; what came in one piece is the server's fault.
                    try part.discard()
                    guard wasContinued else { throw error }
                    wasContinued = false
                    continue
                }
            } catch let error as TransferError where error.isPassing {
                transferred += sink.received.load()
                wasContinued = wasContinued || part.size > before && before > 0
                fruitless = part.size > before ? 1 : fruitless + 1
                if part.size > before { pause = settings.firstPause }
                guard fruitless < settings.attempts else { throw error }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(60))
            }
        }
    }

    /// Fetches a small document into memory.
    ///
    /// - Throws: ``TransferError``, `CancellationError`.
    public func fetch(_ url: String, limit: ByteCount) async throws -> [UInt8] {
        var tries = 1
        var pause = settings.firstPause
        while true {
            let sink = MemorySink(url: url, limit: limit)
            do {
                try await CurlRequest(url: url, settings: settings).run(sink)
                return sink.bytes.withLock { $0 }
            } catch let error as TransferError where error.isPassing && tries < min(3, settings.attempts) {
                tries += 1
                try await Task.sleep(for: pause)
                pause = pause * 2
            }
        }
    }

    /// - Returns: whether an earlier part was asked to be continued.
    private func fetch(_ download: Download, into part: PartialFile, sink: FileSink) async throws -> Bool {
        var headers: [String] = []
        var isContinued = false
        if let origin = part.origin(), origin.belongs(to: download) {
            let size = part.size
            if let total = download.size?.bytes, size >= total { return true }
            headers = ["Range: bytes=\(size)-"]
            if let validator = origin.validator { headers.append("If-Range: \(validator)") }
            isContinued = true
        } else {
            try part.discard()
        }
        if let size = download.size { try part.requireSpace(for: size) }
        try await CurlRequest(url: download.url, settings: settings, headers: headers).run(sink)
        return isContinued
    }

    private func complete(_ download: Download, part: PartialFile, transferred: Int64) async throws -> DownloadResult {
        let path = part.path
        let found = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "homie.transfer").async {
                continuation.resume(with: Result { try FileDigest.of(path) })
            }
        }
        if let size = download.size, size != found.size {
            throw TransferError.wrongSize(url: download.url, expected: size, found: found.size)
        }
        if let sha256 = download.sha256, sha256 != found.sha256 {
            throw TransferError.wrongDigest(url: download.url, expected: sha256, found: found.sha256)
        }
        try part.finish()
        return DownloadResult(
            size: found.size,
            sha256: found.sha256,
            transferred: ByteCount(bytes: transferred)
        )
    }
}

extension TransferError {
    fileprivate var isWrongContent: Bool {
        switch self {
        case .wrongSize, .wrongDigest: true
        default: false
        }
    }
}

extension PartialFile.Origin {
    /// Whether what was begun can be continued: it names the same content, or the server can tell whether it does.
    fileprivate func belongs(to download: Download) -> Bool {
        if let wanted = download.sha256 { return sha256 == wanted.hex }
        return url == download.url && validator != nil
    }
}
