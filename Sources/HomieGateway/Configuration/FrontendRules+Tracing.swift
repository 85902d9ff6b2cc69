/// Every request has a number, which is the number of its trace, too: the client reads it in `X-Request-ID`, the service in
/// `traceparent` (W3C Trace Context), and `homie trace` finds by it what the daemon did.
extension FrontendRules {
    /// Random digits of three version 4 UUIDs (RFC 9562), whose last 12 have no dash among them: cheaper than to take the
    /// dashes out of one.
    var numbers: [String] {
        ["unique-id-format %[uuid(),bytes(24,12)]%[uuid(),bytes(24,12)]%[uuid(),bytes(28,8)]"]
    }

    var tracing: [String] {
        [
            // Whatever a client says its number is, it is this one.
            "http-request set-header X-Request-ID %[unique-id]",
            // A trace that goes on from the client stays as it is; a new one is kept by those who want to.
            "http-request set-header traceparent 00-%[unique-id]-%[unique-id,bytes(16,16)]-00 "
                + "unless { req.hdr(traceparent) -m found }",
            "http-after-response set-header X-Request-ID %[unique-id]",
        ]
    }
}
