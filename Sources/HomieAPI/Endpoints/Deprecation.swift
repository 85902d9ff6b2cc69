public import HomieModel

/// That an endpoint will go, and when: shown in the document and in every answer.
public struct Deprecation: Sendable, Hashable {
    /// From when on nothing new should use it.
    public var since: Timestamp
    /// When it may be gone; nil while that is open.
    public var sunset: Timestamp?
    /// Where it is said what to use instead.
    public var link: String

    public init(since: Timestamp, sunset: Timestamp? = nil, link: String) {
        self.since = since
        self.sunset = sunset
        self.link = link
    }

    /// Header fields of an answer, names in lower case (RFC 9745, RFC 8594).
    public var fields: [String: String] {
        var fields = [
            "deprecation": "@\(since.nanoseconds / 1_000_000_000)", "link": "<\(link)>; rel=\"deprecation\"",
        ]
        fields["sunset"] = sunset.map(HTTPDate.text)
        return fields
    }
}

/// Times in header fields (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; for times from 1970 on.
    static func text(_ time: Timestamp) -> String {
        let seconds = max(0, time.nanoseconds / 1_000_000_000)
        let day = seconds / 86_400
        // `2026-11-26T05:04:03.000Z`
        let text = Timestamp(nanoseconds: seconds * 1_000_000_000).rfc3339
        let date = text.prefix(10).split(separator: "-")
        let clock = text.dropFirst(11).prefix(8)
        let month = months[(Int(date[1]) ?? 1) - 1]
        return "\(days[Int((day + 4) % 7)]), \(date[2]) \(month) \(date[0]) \(clock) GMT"
    }
}
