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
    private var last: UInt64 = 0
    private var count = 0
    private var identity = ""

    /// At most this many are kept of one server.
    static let capacity = 20_000

    /// Takes what the ring holds; what was there at an earlier reading is passed over.
    ///
    /// - Parameter process: names the process, whose numbers begin anew after a reload.
    mutating func take(_ text: String, process: String, at now: Timestamp) {
        if process != identity {
            identity = process
            last = 0
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
        last = newest
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
            isSlowThroughout: Self.isMostlyTrueThroughout(course ?? [])
        )
    }

    /// How often it becomes true.
    private static func spells(_ course: [Bool]) -> Int {
        zip([false] + course, course).count { before, now in now && !before }
    }

    /// More than half are true in each third.
    private static func isMostlyTrueThroughout(_ course: [Bool]) -> Bool {
        let third = course.count / 3
        guard third > 0 else { return false }
        return [0, third, course.count - third].allSatisfy { start in
            course[start..<(start + third)].count { $0 } * 2 > third
        }
    }

    /// The 95th percentile of the times (nearest rank).
    private static func percentile(_ list: [Entry]) -> TimeSpan? {
        let times = list.compactMap(\.time).sorted()
        guard !times.isEmpty else { return nil }
        return times[min(times.count - 1, (times.count * 95 + 99) / 100 - 1)]
    }
}
