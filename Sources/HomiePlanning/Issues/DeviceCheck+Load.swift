import HomieModel

extension DeviceCheck {
    /// Memory, pressure, heat.
    static let load: [DeviceCheck] = [
        DeviceCheck("memory") { checkup in
            guard let system = checkup.system, let total = system.memoryTotal, let free = system.memoryAvailable,
                total.bytes > 0
            else { return .unknown }
            let share = Double(free.bytes) / Double(total.bytes)
            let words = "\(free.bytes >> 20) of \(total.bytes >> 20) MiB of memory are available"
            guard share < 0.08 else { return .fine(words) }
            return warning(
                "memory",
                "memory is nearly used up: \(words)",
                checkup,
                isError: share < 0.03,
                by: "homie top"
            )
        },
        DeviceCheck("memory-pressure") { checkup in
            pressure(
                "memory-pressure",
                "memory",
                checkup.system?.memoryPressure,
                checkup.system?.memoryStall,
                20,
                checkup
            )
        },
        DeviceCheck("cpu-pressure") { checkup in
            pressure("cpu-pressure", "processor", checkup.system?.cpuPressure, nil, 80, checkup)
        },
        DeviceCheck("io-pressure") { checkup in
            pressure("io-pressure", "disk", checkup.system?.ioPressure, checkup.system?.ioStall, 60, checkup)
        },
        DeviceCheck("swap") { checkup in
            guard let total = checkup.system?.swapTotal, let free = checkup.system?.swapFree, total.bytes > 0 else {
                return .unknown
            }
            let share = Double(free.bytes) / Double(total.bytes)
            guard share < 0.1 else { return .fine("\(free.bytes >> 20) MiB of swap are free") }
            return warning("swap", "swap is used up but for \(free.bytes >> 20) MiB", checkup, by: "homie top")
        },
        DeviceCheck("temperature") { checkup in
            guard let system = checkup.system, let hottest = system.temperatures.max(by: { $0.value < $1.value }) else {
                return .unknown
            }
            let words = "\(hottest.key) is at \(Int(hottest.value)) °C"
            guard hottest.value >= 80 else { return .fine(words) }
            return warning(
                "temperature",
                "the device is hot: \(words)",
                checkup,
                isError: hottest.value >= 90,
                by: "homie top"
            )
        },
        DeviceCheck("throttling") { checkup in
            guard let reasons = checkup.system?.throttling else { return .unknown }
            guard !reasons.isEmpty else { return .fine("the processor runs at its own speed") }
            let words = reasons.joined(separator: ", ")
            return warning(
                "throttling",
                "the processor is slowed down: \(words)",
                checkup,
                isError: reasons.contains("under-voltage"),
                by: "vcgencmd get_throttled",
                "use the power supply made for the board, and let air at it"
            )
        },
        DeviceCheck("open-files") { checkup in
            guard let open = checkup.system?.openFiles, let most = checkup.system?.mostOpenFiles, most > 0 else {
                return .unknown
            }
            guard Double(open) > 0.8 * Double(most) else { return .fine("\(open) of \(most) files are open") }
            return warning("open-files", "\(open) of \(most) files are open", checkup, by: "sysctl fs.file-max")
        },
    ]

    private static func pressure(
        _ name: String,
        _ what: String,
        _ some: Double?,
        _ full: Double?,
        _ limit: Double,
        _ checkup: Checkup
    ) -> Judgement {
        guard let some else { return .unknown }
        guard some >= limit || (full ?? 0) >= 20 else {
            return .fine("tasks wait \(Int(some)) % of the time for the \(what)")
        }
        return warning(
            name,
            "tasks wait \(Int(some)) % of the time for the \(what)",
            checkup,
            isError: (full ?? 0) >= 40,
            by: "homie top",
            "see which service it is, and limit it"
        )
    }

    static func warning(
        _ name: String,
        _ summary: String,
        _ checkup: Checkup,
        isError: Bool = false,
        by command: String,
        _ text: String = "see what uses it"
    ) -> Judgement {
        .wrong([
            DeviceIssue(
                id: name,
                check: name,
                severity: isError ? .error : .warning,
                summary: summary,
                since: checkup.now,
                remedy: Remedy(action: .byHand, text: text, command: command)
            )
        ])
    }
}
