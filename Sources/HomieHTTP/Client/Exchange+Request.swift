internal import NIOCore
internal import NIOHTTP1

extension Exchange {
    /// The request as it goes over the wire; the framing of its body is decided here.
    init(_ request: HTTPRequest, peer: String, wantsUpgrade: Bool, answer: EventLoopPromise<Answer>) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(request.fields.fields.count + 2)
        // Engines answer 400 to requests without a host, though a Unix socket has none.
        if request.fields["Host"] == nil { headers.add(name: "Host", value: "localhost") }
        for field in request.fields.fields { headers.add(name: field.name, value: field.value) }
        var bytes: ByteBuffer?
        var isStreamed = false
        switch request.body {
        case .none:
            if request.method != .get && request.method != .head { headers.add(name: "Content-Length", value: "0") }
        case .bytes(let content):
            headers.add(name: "Content-Length", value: String(content.count))
            bytes = ByteBuffer(bytes: content)
        case .stream:
            headers.add(name: "Transfer-Encoding", value: "chunked")
            isStreamed = true
        }
        self.init(
            head: HTTPRequestHead(
                version: .http1_1,
                method: HTTPMethod(rawValue: request.method.rawValue),
                uri: request.target,
                headers: headers
            ),
            peer: peer,
            body: bytes,
            isStreamed: isStreamed,
            wantsUpgrade: wantsUpgrade,
            headTimeout: request.headTimeout.map { TimeAmount($0) },
            answer: answer
        )
    }
}

extension HTTPResponse {
    init(_ answer: Answer) {
        self.init(
            status: Int(answer.head.status.code),
            fields: HTTPFields(answer.head.headers.map { HTTPFields.Field(name: $0.name, value: $0.value) }),
            body: answer.body
        )
    }
}
