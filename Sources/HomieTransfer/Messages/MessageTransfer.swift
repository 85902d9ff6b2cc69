internal import CCurl
internal import Dispatch
internal import Glibc

extension OutgoingMessage {
    /// Sends it, on a thread of its own; redirects are not followed, and no proxy is used, because both would lead around
    /// the policy.
    ///
    /// - Throws: ``MessageFault``
    public func send() async throws(MessageFault) -> MessageAnswer {
        let result: Result<MessageAnswer, MessageFault> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "homie.message").async {
                continuation.resume(returning: MessageTransfer(self).perform())
            }
        }
        return try result.get()
    }
}

/// One message on libcurl; used by one thread.
private final class MessageTransfer {
    private let message: OutgoingMessage
    private var content: ArraySlice<UInt8> = []
    private var fields: [String: String] = [:]
    private var body: [UInt8] = []
    private var wasRefused = false

    init(_ message: OutgoingMessage) { self.message = message }

    private static let isReady: CURLcode = homie_curl_global_init()

    func perform() -> Result<MessageAnswer, MessageFault> {
        guard Self.isReady == CURLE_OK, let curl = curl_easy_init() else {
            return .failure(.unreachable("libcurl cannot be initialised"))
        }
        defer { curl_easy_cleanup(curl) }
        var lists: [UnsafeMutablePointer<curl_slist>] = []
        defer { for list in lists { curl_slist_free_all(list) } }
        let isSet = configure(curl) && set(curl, &lists)
        guard isSet else { return .failure(.badAddress) }
        let code = withExtendedLifetime(self) { curl_easy_perform(curl) }
        let status = Int(homie_curl_response_code(curl))
        switch code {
        case CURLE_OK:
            let excerpt = String(decoding: body, as: UTF8.self)
            return .success(MessageAnswer(status: status, fields: fields, excerpt: excerpt))
        case _ where wasRefused: return .failure(.notAllowed)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .failure(.badAddress)
        case CURLE_LOGIN_DENIED: return .failure(.refused(status: status, "the login was refused"))
        case CURLE_SEND_ERROR where isMail && status >= 400, CURLE_RECV_ERROR where isMail && status >= 400,
            CURLE_WEIRD_SERVER_REPLY where isMail && status >= 400:
            return .failure(.refused(status: status, "the mail was refused"))
        default: return .failure(.unreachable(String(cString: curl_easy_strerror(code))))
        }
    }

    private var isMail: Bool {
        if case .mail = message.form { return true }
        return false
    }

    private func configure(_ curl: UnsafeMutableRawPointer) -> Bool {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        let limit = Int(message.timeLimit.components.seconds) * 1000
        let codes = [
            homie_curl_set_text(curl, CURLOPT_URL, message.url),
            homie_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, isMail ? "smtp,smtps" : "http,https"),
            homie_curl_set_text(curl, CURLOPT_PROXY, ""),
            homie_curl_set_long(curl, CURLOPT_NOSIGNAL, 1),
            homie_curl_set_long(curl, CURLOPT_TIMEOUT_MS, max(1000, limit)),
            homie_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT_MS, min(max(1000, limit), 10_000)),
            homie_curl_set_text(curl, CURLOPT_USERAGENT, message.userAgent),
            homie_curl_set_guard(curl, Self.openSocket, pointer),
            homie_curl_set_body(curl, Self.receive, pointer),
            homie_curl_set_header_reader(curl, Self.receiveHeader, pointer),
        ]
        guard codes.allSatisfy({ $0 == CURLE_OK }) else { return false }
        guard let file = message.certificateAuthority else { return true }
        return homie_curl_set_text(curl, CURLOPT_CAINFO, file) == CURLE_OK
    }

    private func set(_ curl: UnsafeMutableRawPointer, _ lists: inout [UnsafeMutablePointer<curl_slist>]) -> Bool {
        func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
            var list: UnsafeMutablePointer<curl_slist>?
            for line in lines { list = curl_slist_append(list, line) }
            if let list { lists.append(list) }
            return list
        }
        switch message.form {
        case .post(let headers, let body):
            let isSet = body.withUnsafeBytes { homie_curl_set_post(curl, $0.baseAddress, curl_off_t($0.count)) }
            return isSet == CURLE_OK && homie_curl_set_headers(curl, list(headers + ["Expect:"])) == CURLE_OK
        case .mail(let from, let to, let content, let requiresEncryption):
            self.content = content[...]
            let level = requiresEncryption ? CURLUSESSL_ALL : CURLUSESSL_TRY
            var codes = [
                homie_curl_set_text(curl, CURLOPT_MAIL_FROM, "<\(from)>"),
                homie_curl_set_recipients(curl, list(to.map { "<\($0)>" })),
                homie_curl_set_long(curl, CURLOPT_USE_SSL, Int(level.rawValue)),
                homie_curl_set_upload(curl, Self.give, Unmanaged.passUnretained(self).toOpaque()),
            ]
            if let login = message.login {
                codes.append(homie_curl_set_text(curl, CURLOPT_USERNAME, login.user))
                codes.append(homie_curl_set_text(curl, CURLOPT_PASSWORD, login.password))
            }
            return codes.allSatisfy { $0 == CURLE_OK }
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer) -> MessageTransfer {
        Unmanaged<MessageTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private static let openSocket: homie_curl_guard = { context, _, address in
        guard let context, let address else { return -1 }
        let transfer = MessageTransfer.from(context)
        let isAllowed = withUnsafePointer(to: &address.pointee.addr) {
            transfer.message.policy.allows($0, length: Int(address.pointee.addrlen))
        }
        guard isAllowed else {
            transfer.wasRefused = true
            return -1
        }
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static let receive: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = MessageTransfer.from(context)
        let room = 512 - transfer.body.count
        transfer.body += UnsafeRawBufferPointer(start: bytes, count: size * count).prefix(max(0, room))
        return size * count
    }

    private static let receiveHeader: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let text = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
        let transfer = MessageTransfer.from(context)
        if let colon = text.firstIndex(of: ":"), transfer.fields.count < 100 {
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            transfer.fields[text[..<colon].lowercased()] = String(value.prefix { !$0.isNewline })
        }
        return size * count
    }

    private static let give: homie_curl_bytes = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = MessageTransfer.from(context)
        let part = transfer.content.prefix(size * count)
        transfer.content = transfer.content.dropFirst(part.count)
        UnsafeMutableRawBufferPointer(start: bytes, count: part.count).copyBytes(from: part)
        return part.count
    }
}
