import HomieModel

extension DeviceCheck {
    /// Room, wear and kind of what is written to.
    static let disks: [DeviceCheck] = [
        DeviceCheck("disk-space") { checkup in
            guard let disks = checkup.system?.disks, !disks.isEmpty else { return .unknown }
            let issues = disks.filter { !$0.isReadOnly }.compactMap { fullness($0, checkup) }
            let words = disks.map { "\($0.mountPoint) \(Int($0.used * 100)) %" }.joined(separator: ", ")
            return .of(issues, orFine: "disks are used to: \(words)")
        },
        DeviceCheck("inodes") { checkup in
            guard let disks = checkup.system?.disks, !disks.isEmpty else { return .unknown }
            let issues = disks.filter { $0.inodes > 0 && Double($0.freeInodes) < Double($0.inodes) * 0.05 }.map {
                disk in
                DeviceIssue(
                    id: "inodes:\(disk.key)",
                    check: "inodes",
                    severity: disk.freeInodes < 1000 ? .error : .warning,
                    summary: "\(disk.mountPoint) has room for \(disk.freeInodes) more files only",
                    since: checkup.now,
                    evidence: ["\(disk.inodes - disk.freeInodes) of \(disk.inodes) inodes are used"],
                    remedy: Remedy(
                        action: .prune,
                        text: "free disk space",
                        command: "homie fix inodes:\(disk.key)"
                    )
                )
            }
            return .of(issues, orFine: "there is room for more files")
        },
        DeviceCheck("disk-read-only") { checkup in
            guard let disks = checkup.system?.disks, !disks.isEmpty else { return .unknown }
            let issues = disks.filter { $0.isReadOnly && $0.uses != ["system"] }.map { disk in
                DeviceIssue(
                    id: "disk-read-only:\(disk.key)",
                    check: "disk-read-only",
                    severity: .error,
                    summary: "\(disk.mountPoint) became read-only, as happens when a disk fails",
                    since: checkup.now,
                    evidence: ["it holds: \(disk.uses.joined(separator: ", "))"],
                    remedy: Remedy(
                        action: .byHand,
                        text: "see what the kernel says of it",
                        command: "dmesg --level err,warn"
                    )
                )
            }
            return .of(issues, orFine: "what must be writable is")
        },
        DeviceCheck("flash-wear") { checkup in
            guard let flash = checkup.system?.flash, !flash.isEmpty else { return .unknown }
            let issues = flash.filter { ($0.lifeUsed ?? 0) >= 9 || ($0.endOfLife ?? 0) >= 2 }.map { one in
                DeviceIssue(
                    id: "flash-wear:\(one.device)",
                    check: "flash-wear",
                    severity: (one.endOfLife ?? 0) >= 3 || (one.lifeUsed ?? 0) >= 11 ? .error : .warning,
                    summary: "the flash memory \(one.device) is worn out",
                    since: checkup.now,
                    evidence: [
                        "life used: \(min((one.lifeUsed ?? 0) * 10, 100)) % or more, reserve: "
                            + (["normal", "warning", "urgent"][min(max((one.endOfLife ?? 1) - 1, 0), 2)])
                    ],
                    remedy: Remedy(action: .byHand, text: "replace it; back up first", command: "homie doctor")
                )
            }
            return .of(issues, orFine: "flash memory has life left")
        },
        DeviceCheck("engine-on-sd-card") { checkup in
            guard let isCard = checkup.system?.isEngineOnSDCard else { return .unknown }
            guard isCard else { return .fine("the engine's data is on \(checkup.system?.engineDevice ?? "a disk")") }
            return .wrong([
                DeviceIssue(
                    id: "engine-on-sd-card",
                    check: "engine-on-sd-card",
                    severity: .warning,
                    summary: "containers and volumes are on an SD card, which wears out quickly",
                    since: checkup.now,
                    evidence: [
                        "\(checkup.engine.dataDirectory ?? "") is on \(checkup.system?.engineDevice ?? "a card")"
                    ],
                    remedy: Remedy(
                        action: .byHand,
                        text: "move the engine's data to a USB disk or SSD",
                        command: "docker info --format '{{.DockerRootDir}}'"
                    )
                )
            ])
        },
    ]

    private static func fullness(_ disk: DiskReading, _ checkup: Checkup) -> DeviceIssue? {
        let forecast = DiskForecast(checkup.diskHistory.filter { $0.mountPoint == disk.mountPoint }, now: checkup.now)
        let isShort = disk.used >= checkup.diskLimit && disk.available.bytes < 20 << 30
        guard isShort || forecast.isFullSoon else { return nil }
        let isUrgent = disk.used >= 0.97 || disk.available.bytes < 256 << 20 || forecast.isFullVerySoon
        var evidence = [
            "\(disk.available.bytes >> 20) MiB of \(disk.size.bytes >> 20) MiB are free; it holds: "
                + disk.uses.joined(separator: ", ")
        ]
        var summary = "\(disk.mountPoint) is \(Int(disk.used * 100)) % full"
        if let date = forecast.fullAt {
            summary += "; at this rate it is full by \(date.rfc3339.prefix(16)) UTC"
            evidence.append("it lost \(forecast.bytesPerHour >> 20) MiB an hour of late")
        }
        let canPrune = disk.uses.contains("engine")
        return DeviceIssue(
            id: "disk-space:\(disk.key)",
            check: "disk-space",
            severity: isUrgent ? .error : .warning,
            summary: summary,
            since: checkup.now,
            evidence: evidence,
            remedy: canPrune
                ? Remedy(
                    action: .prune,
                    text: "remove what can be made again: build cache, dangling images; never volumes",
                    command: "homie fix disk-space:\(disk.key)",
                    isAutomatic: disk.used >= checkup.diskLimit
                )
                : Remedy(action: .byHand, text: "delete what is not needed", command: "du -xh -d 2 \(disk.mountPoint)")
        )
    }
}

/// When a disk is full if it goes on like this: a straight line through where it stood (least squares).
struct DiskForecast {
    private(set) var fullAt: Timestamp?
    private(set) var bytesPerHour: Int64 = 0
    private let now: Timestamp

    init(_ samples: [DiskSample], now: Timestamp) {
        self.now = now
        // Less than an hour says nothing about days.
        guard let first = samples.first, let last = samples.last, samples.count >= 6,
            (last.at - first.at).nanoseconds >= 3_600_000_000_000
        else { return }
        let hours = samples.map { Double(($0.at - first.at).nanoseconds) / 3.6e12 }
        let bytes = samples.map { Double($0.available.bytes) }
        let count = Double(samples.count)
        let middleHour = hours.reduce(0, +) / count
        let middleBytes = bytes.reduce(0, +) / count
        let spread = hours.reduce(0) { $0 + ($1 - middleHour) * ($1 - middleHour) }
        let slope = zip(hours, bytes).reduce(0) { $0 + ($1.0 - middleHour) * ($1.1 - middleBytes) } / spread
        guard spread > 0, slope < -1_048_576.0 else { return }
        bytesPerHour = Int64(-slope)
        let left = Double(last.available.bytes) / -slope
        guard left < 24 * 60 else { return }
        fullAt = Timestamp(nanoseconds: last.at.nanoseconds + Int64(left * 3.6e12))
    }

    private var hoursLeft: Double? { fullAt.map { Double(($0 - now).nanoseconds) / 3.6e12 } }

    /// Within a week.
    var isFullSoon: Bool { hoursLeft.map { $0 < 24 * 7 } ?? false }
    /// Within a day.
    var isFullVerySoon: Bool { hoursLeft.map { $0 < 24 } ?? false }
}
