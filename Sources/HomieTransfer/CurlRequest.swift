internal import CCurl
internal import Dispatch
internal import HomieModel
internal import Synchronization

/// One request on libcurl, which blocks a thread of its own until it is over.
struct CurlRequest: Sendable {
    var url: String
    var settings: TransferSettings
    /// Further request lines, e.g. `Range: bytes=100-`.
    var headers: [String] = []
    /// HEAD instead of GET.
    var isHeadOnly = false
    /// Nil for GET.
    var method: String?
    var body: [UInt8]?
    var followsRedirects = true

    /// Sends the request.
    ///
    /// - Parameter sink: is given the answer; what it throws ends the transfer.
    /// - Throws: ``TransferError``, what the sink threw, `CancellationError`.
    func run(_ sink: any ResponseSink) async throws {
        let isCancelled = CancellationFlag()
        let exchange = Exchange(sink: sink, url: url, isCancelled: isCancelled)
        // Handed over as a whole: nobody else has it while the transfer runs.
        let pointer = UInt(bitPattern: Unmanaged.passRetained(exchange).toOpaque())
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                DispatchQueue(label: "homie.transfer").async {
                    continuation.resume(with: Result { try perform(pointer) })
                }
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    private static let isReady: CURLcode = homie_curl_global_init()

    private func perform(_ address: UInt) throws {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else { return }
        let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
        guard Self.isReady == CURLE_OK, let curl = curl_easy_init() else {
            throw TransferError.library("it cannot be initialised")
        }
        defer { curl_easy_cleanup(curl) }
        var lines: UnsafeMutablePointer<curl_slist>?
        for header in settings.headers + headers { lines = curl_slist_append(lines, header) }
        defer { curl_slist_free_all(lines) }
        try configure(curl)
        var place: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(place) }
        if let connectTo = settings.connectTo {
            place = curl_slist_append(nil, "::\(connectTo)")
            try check(homie_curl_set_list(curl, CURLOPT_CONNECT_TO, place))
            // A proxy of the environment knows nothing of that place.
            try check(homie_curl_set_text(curl, CURLOPT_PROXY, ""))
        }
        try check(homie_curl_set_headers(curl, lines))
        try check(homie_curl_set_body(curl, Exchange.receive, pointer))
        try check(homie_curl_set_header_reader(curl, Exchange.receiveHeader, pointer))
        try check(homie_curl_set_progress(curl, Exchange.progress, pointer))
        try configureUpload(curl)
        let code = curl_easy_perform(curl)
        try withExtendedLifetime(exchange) { try finish(exchange, code) }
    }

    private func configure(_ curl: UnsafeMutableRawPointer) throws {
        func milliseconds(_ duration: Duration) -> Int {
            Int(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
        }
        try check(homie_curl_set_text(curl, CURLOPT_URL, url))
        try check(homie_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https"))
        // A redirect must not lead from an encrypted connection to a plain one.
        let redirects = url.lowercased().hasPrefix("https:") ? "https" : "http,https"
        try check(homie_curl_set_text(curl, CURLOPT_REDIR_PROTOCOLS_STR, redirects))
        try check(homie_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, followsRedirects ? 1 : 0))
        if isHeadOnly { try check(homie_curl_set_long(curl, CURLOPT_NOBODY, 1)) }
        try check(homie_curl_set_long(curl, CURLOPT_MAXREDIRS, 5))
        try check(homie_curl_set_long(curl, CURLOPT_NOSIGNAL, 1))
        try check(homie_curl_set_text(curl, CURLOPT_USERAGENT, settings.userAgent))
        try check(homie_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, max(1, milliseconds(settings.connectTimeLimit))))
        try check(homie_curl_set_long(curl, CURLOPT_LOW_SPEED_LIMIT, 1))
        let stall = max(1, Int(settings.stallTimeLimit.components.seconds))
        try check(homie_curl_set_long(curl, CURLOPT_LOW_SPEED_TIME, stall))
        if let bandwidth = settings.bandwidth {
            try check(homie_curl_set_offset(curl, CURLOPT_MAX_RECV_SPEED_LARGE, curl_off_t(bandwidth.bytes)))
        }
        if let proxy = settings.proxy { try check(homie_curl_set_text(curl, CURLOPT_PROXY, proxy)) }
        if let path = settings.unixSocket { try check(homie_curl_set_text(curl, CURLOPT_UNIX_SOCKET_PATH, path)) }
        if let file = settings.certificateAuthority { try check(homie_curl_set_text(curl, CURLOPT_CAINFO, file)) }
    }

    private func configureUpload(_ curl: UnsafeMutableRawPointer) throws {
        if let body {
            try check(homie_curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            try body.withUnsafeBytes { bytes in
                try check(
                    homie_curl_set_text(
                        curl,
                        CURLOPT_COPYPOSTFIELDS,
                        bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                    )
                )
            }
        }
        if let method, method != "GET" || body != nil {
            try check(homie_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, method))
        }
    }

    private func check(_ code: CURLcode) throws {
        guard code == CURLE_OK else { throw TransferError.library(Self.text(code)) }
    }

    private func finish(_ exchange: Exchange, _ code: CURLcode) throws {
        if exchange.isCancelled.isSet { throw CancellationError() }
        if let failure = exchange.failure { throw failure }
        switch code {
        case CURLE_OK:
            exchange.endHeaders()
            if let failure = exchange.failure { throw failure }
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: throw TransferError.badAddress(url)
        case CURLE_OPERATION_TIMEDOUT: throw TransferError.stalled(url: url, after: settings.stallTimeLimit)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            throw TransferError.untrustedServer(url: url, reason: Self.text(code))
        default: throw TransferError.unreachable(url: url, reason: Self.text(code))
        }
    }

    private static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}

/// Takes an answer as it comes. All calls are made one after the other, on a thread of libcurl's.
protocol ResponseSink: AnyObject, Sendable {
    /// Once, before the first byte of the body; redirects are over by then.
    func begin(_ head: ResponseHead) throws
    func receive(_ bytes: UnsafeRawBufferPointer) throws
}

/// Status and header fields of an answer; names in lower case.
struct ResponseHead: Sendable, Hashable {
    var status = 0
    var fields: [String: String] = [:]
}

final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

/// What libcurl's callbacks share; only the thread of the transfer touches it.
private final class Exchange {
    private let sink: any ResponseSink
    private let url: String
    let isCancelled: CancellationFlag
    private(set) var failure: (any Error)?
    private var head = ResponseHead()
    private var hasBegun = false

    init(sink: any ResponseSink, url: String, isCancelled: CancellationFlag) {
        self.sink = sink
        self.url = url
        self.isCancelled = isCancelled
    }

    static let receive: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        return Exchange.from(context).receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    static let receiveHeader: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        Exchange.from(context).receiveHeader(String(decoding: line, as: UTF8.self))
        return size * count
    }

    /// libcurl calls it at least once a second, also when nothing comes.
    static let progress: homie_curl_progress = { context, _, _, _, _ in
        guard let context else { return 1 }
        return Exchange.from(context).isCancelled.isSet ? 1 : 0
    }

    private static func from(_ context: UnsafeMutableRawPointer) -> Exchange {
        Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    }

    private func receiveHeader(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // The last answer counts: those before it were redirects or a proxy's.
            let words = line.split(separator: " ")
            head = ResponseHead(status: words.count > 1 ? Int(words[1].prefix(3)) ?? 0 : 0)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            head.fields[line[..<colon].lowercased()] = String(value.prefix { !$0.isNewline })
        }
    }

    func endHeaders() {
        guard !hasBegun else { return }
        hasBegun = true
        do {
            try sink.begin(head)
        } catch {
            failure = error
        }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        endHeaders()
        if failure != nil { return 0 }
        do {
            try sink.receive(bytes)
            return bytes.count
        } catch {
            failure = error
            return 0
        }
    }
}
