internal import HomieModel

/// One request of a measured route, as HAProxy noted it.
struct NotedRequest: Sendable, Hashable {
    /// Rises with every request of the process.
    var number: UInt64
    var server: String
    var isError: Bool
    /// Until the answer began; nil when none came.
    var time: TimeSpan?

    /// Reads `… number backend server status milliseconds`; nil when it is something else, or no server was asked.
    init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ")
        guard words.count >= 5 else { return nil }
        let fields = words.suffix(5).map { String($0) }
        guard let number = UInt64(fields[0]), let status = Int(fields[3]), let time = Int64(fields[4]),
            !fields[2].hasPrefix("<")
        else { return nil }
        self.number = number
        server = fields[2]
        // −1: the connection broke before an answer.
        isError = status >= 500 || status < 0
        self.time = time >= 0 ? .milliseconds(time) : nil
    }
}

/// The requests noted lately, by server, with the time they were read.
struct RequestLog: Sendable {
    private struct Entry: Sendable {
        /// Rises with every request of any process.
        var place: Int
        var at: Timestamp
        var isError: Bool
        var time: TimeSpan?
    }

    private var entries: [String: [Entry]] = [:]
    /// nil before the first reading.
    private var last: UInt64?
    private var count = 0
    private var identity = ""

    /// At most this many are kept of one server.
    static let capacity = 20_000
    /// Into how many parts a window is cut, where each holds so many answers that one stall of the machine is of two at most.
    private static let parts = 5
    private static let leastPart = 50

    /// Takes what the ring holds; what was there at an earlier reading is passed over. So is all of the first reading: nobody
    /// knows of when it is, and it may be of a step before, or of another update.
    ///
    /// - Parameter process: names the process, whose numbers begin anew after a reload.
    mutating func take(_ text: String, process: String, at now: Timestamp) {
        if process != identity {
            identity = process
            if last != nil { last = 0 }
        }
        guard let last else {
            self.last = text.split(separator: "\n").compactMap { NotedRequest($0)?.number }.max() ?? 0
            return
        }
        var newest = last
        for line in text.split(separator: "\n") {
            guard let request = NotedRequest(line), request.number > last else { continue }
            newest = max(newest, request.number)
            count += 1
            entries[request.server, default: []].append(
                Entry(place: count, at: now, isError: request.isError, time: request.time)
            )
        }
        self.last = newest
        for (server, list) in entries where list.count > Self.capacity {
            entries[server] = Array(list.suffix(Self.capacity))
        }
    }

    /// Forgets servers that are measured no more.
    mutating func keep(_ servers: Set<String>) { entries = entries.filter { servers.contains($0.key) } }

    /// Both groups since a time.
    func window(new: [String], old: [String], since: Timestamp) -> CanaryWindow {
        let mine = new.flatMap { entries[$0] ?? [] }.filter { $0.at >= since }
        let theirs = old.flatMap { entries[$0] ?? [] }.filter { $0.at >= since }
        let (mySlow, theirSlow) = (Self.percentile(mine), Self.percentile(theirs))
        func isSlower(_ entry: Entry, than limit: TimeSpan) -> Bool { (entry.time ?? TimeSpan(nanoseconds: 0)) > limit }
        func slower(_ list: [Entry], than limit: TimeSpan?) -> Int {
            guard let limit else { return 0 }
            return list.count { isSlower($0, than: limit) }
        }
        let course = theirSlow.map { limit in
            mine.sorted { $0.place < $1.place }.map { isSlower($0, than: limit) }
        }
        return CanaryWindow(
            new: TrafficSample(
                requests: mine.count,
                errors: mine.count { $0.isError },
                slow: mySlow,
                slower: slower(mine, than: theirSlow)
            ),
            old: TrafficSample(
                requests: theirs.count,
                errors: theirs.count { $0.isError },
                slow: theirSlow,
                slower: slower(theirs, than: mySlow)
            ),
            slowSpells: Self.spells(course ?? []),
            slowShares: Self.shares(course ?? [])
        )
    }

    /// How often it becomes true.
    private static func spells(_ course: [Bool]) -> Int {
        zip([false] + course, course).count { before, now in now && !before }
    }

    /// How much of each part is true; the parts are as long each, but for the last.
    private static func shares(_ course: [Bool]) -> [Double] {
        let count = course.count >= parts * leastPart ? parts : 3
        let length = course.count / count
        guard length > 0 else { return [] }
        return (0..<count).map { part in
            let values = course[(part * length)..<(part == count - 1 ? course.count : (part + 1) * length)]
            return Double(values.count { $0 }) / Double(values.count)
        }
    }

    /// The 95th percentile of the times (nearest rank).
    private static func percentile(_ list: [Entry]) -> TimeSpan? {
        let times = list.compactMap(\.time).sorted()
        guard !times.isEmpty else { return nil }
        return times[min(times.count - 1, (times.count * 95 + 99) / 100 - 1)]
    }
}
