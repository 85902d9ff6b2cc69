internal import CCurl
internal import Dispatch
public import HomieModel

/// A GET request over TLS to one address, whatever the name it is sent under; for checks of what runs on this device.
///
/// Neither redirects nor proxies are followed: the answer must be that server's.
public struct SecureRequest: Sendable {
    /// Where the connection goes: an IP address.
    public var address: String
    public var port: UInt16
    /// Begins with a slash.
    public var path: String
    /// The name for the request and its certificate; the address when nil.
    public var host: String?
    /// The certificate must be for the name, and of an authority that is trusted.
    public var verifiesCertificate: Bool
    /// A file with the certificates to trust instead of the system's.
    public var certificateAuthority: String?
    /// For everything, from the connection to the last byte.
    public var timeLimit: TimeSpan
    /// More of a body is not waited for.
    public var bodyLimit: Int

    public init(
        address: String,
        port: UInt16,
        path: String,
        host: String? = nil,
        verifiesCertificate: Bool = true,
        certificateAuthority: String? = nil,
        timeLimit: TimeSpan = .seconds(10),
        bodyLimit: Int = 64 * 1024
    ) {
        self.address = address
        self.port = port
        self.path = path
        self.host = host
        self.verifiesCertificate = verifiesCertificate
        self.certificateAuthority = certificateAuthority
        self.timeLimit = timeLimit
        self.bodyLimit = bodyLimit
    }

    public struct Answer: Sendable, Hashable {
        public var status: Int
        /// As much of it as was asked for.
        public var body: [UInt8]
        /// When the server's certificate expires.
        public var certificateExpires: Timestamp?
    }

    /// Sends it, on a thread of its own.
    ///
    /// - Throws: ``SecureFault``
    public func send() async throws(SecureFault) -> Answer {
        let result: Result<Answer, SecureFault> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "homie.secure").async {
                continuation.resume(returning: SecureTransfer(self).perform())
            }
        }
        return try result.get()
    }
}

/// Why there is no answer.
public enum SecureFault: Error, Sendable, Hashable {
    case refused
    case timedOut
    /// As a clause: `is for another name`.
    case untrusted(String)
    /// libcurl's words.
    case unreachable(String)
}

/// One request on libcurl; used by one thread.
private final class SecureTransfer {
    private let request: SecureRequest
    private var body: [UInt8] = []
    private var isFull = false

    init(_ request: SecureRequest) { self.request = request }

    private static let isReady: CURLcode = homie_curl_global_init()

    func perform() -> Result<SecureRequest.Answer, SecureFault> {
        guard Self.isReady == CURLE_OK, let curl = curl_easy_init() else {
            return .failure(.unreachable("libcurl cannot be initialised"))
        }
        defer { curl_easy_cleanup(curl) }
        var target: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(target) }
        let address = request.address.contains(":") ? "[\(request.address)]" : request.address
        if request.host != nil { target = curl_slist_append(nil, "::\(address):\(request.port)") }
        let url = "https://\(request.host ?? address):\(request.port)\(request.path)"
        guard configure(curl, url), homie_curl_set_list(curl, CURLOPT_CONNECT_TO, target) == CURLE_OK else {
            return .failure(.unreachable("the address '\(url)' cannot be used"))
        }
        let code = withExtendedLifetime(self) { curl_easy_perform(curl) }
        // A body that is cut off ends the transfer with a failure to write.
        guard code == CURLE_OK || (code == CURLE_WRITE_ERROR && isFull) else { return .failure(fault(code, curl)) }
        return .success(
            SecureRequest.Answer(
                status: Int(homie_curl_response_code(curl)),
                body: body,
                certificateExpires: CertificateText.expiry(Self.lines(homie_curl_certificate(curl)))
            )
        )
    }

    private func configure(_ curl: UnsafeMutableRawPointer, _ url: String) -> Bool {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        let verifies = request.verifiesCertificate
        let codes = [
            homie_curl_set_text(curl, CURLOPT_URL, url),
            homie_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "https"),
            homie_curl_set_text(curl, CURLOPT_PROXY, ""),
            homie_curl_set_long(curl, CURLOPT_PATH_AS_IS, 1),
            homie_curl_set_long(curl, CURLOPT_NOSIGNAL, 1),
            homie_curl_set_long(curl, CURLOPT_TIMEOUT_MS, max(1, Int(request.timeLimit.nanoseconds / 1_000_000))),
            homie_curl_set_text(curl, CURLOPT_USERAGENT, "homied"),
            homie_curl_set_long(curl, CURLOPT_SSL_VERIFYPEER, verifies ? 1 : 0),
            homie_curl_set_long(curl, CURLOPT_SSL_VERIFYHOST, verifies ? 2 : 0),
            homie_curl_set_long(curl, CURLOPT_CERTINFO, 1),
            homie_curl_set_body(curl, Self.receive, pointer),
        ]
        guard codes.allSatisfy({ $0 == CURLE_OK }) else { return false }
        guard let file = request.certificateAuthority else { return true }
        return homie_curl_set_text(curl, CURLOPT_CAINFO, file) == CURLE_OK
    }

    private func fault(_ code: CURLcode, _ curl: UnsafeMutableRawPointer) -> SecureFault {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        // ECONNREFUSED (connect(2)).
        case CURLE_COULDNT_CONNECT where homie_curl_number(curl, CURLINFO_OS_ERRNO) == 111: return .refused
        case CURLE_PEER_FAILED_VERIFICATION:
            return .untrusted(CertificateText.clause(verification: homie_curl_number(curl, CURLINFO_SSL_VERIFYRESULT)))
        default: return .unreachable(String(cString: curl_easy_strerror(code)))
        }
    }

    private static func lines(_ list: UnsafePointer<curl_slist>?) -> [String] {
        var lines: [String] = []
        var next = list
        while let entry = next {
            if let text = entry.pointee.data { lines.append(String(cString: text)) }
            next = UnsafePointer(entry.pointee.next)
        }
        return lines
    }

    private static let receive: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<SecureTransfer>.fromOpaque(context).takeUnretainedValue()
        let room = transfer.request.bodyLimit - transfer.body.count
        transfer.body += UnsafeRawBufferPointer(start: bytes, count: size * count).prefix(max(0, room))
        guard size * count < room else {
            transfer.isFull = true
            return 0
        }
        return size * count
    }
}
