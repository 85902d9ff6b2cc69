internal import FoundationEssentials
public import HomieModel
public import HomieSupervisor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads the system layer for the checks: what `/proc`, `/sys` and a few calls tell, nothing judged.
public actor SystemReader: SystemObservation {
    private let paths: KernelPaths
    private let stateDirectory: String
    private let resolverFile: String
    private var dnsAnswer: (at: ContinuousClock.Instant, doesAnswer: Bool?)?

    /// - Parameters:
    ///   - stateDirectory: where Homie keeps its state.
    ///   - resolverFile: what names the name servers (resolv.conf(5)).
    public init(
        paths: KernelPaths = KernelPaths(),
        stateDirectory: String,
        resolverFile: String = "/etc/resolv.conf"
    ) {
        self.paths = paths
        self.stateDirectory = stateDirectory
        self.resolverFile = resolverFile
    }

    public func reading(engineData: String?) async -> SystemReading {
        var reading = SystemReading()
        readMemory(into: &reading)
        readPressure(into: &reading)
        readNetwork(into: &reading)
        reading.disks = DiskFinder.disks(
            mounts: KernelFile.text("\(paths.proc)/self/mountinfo"),
            places: [("state", stateDirectory), ("engine", engineData), ("system", "/")]
        )
        reading.temperatures = temperatures()
        reading.throttling = throttling()
        reading.isClockSynchronised = ClockFacts.isSynchronised()
        reading.flash = flash()
        if let engineData, let device = DiskFinder.device(of: engineData, sys: paths.sys) {
            reading.engineDevice = device
            reading.isEngineOnSDCard = KernelFile.text("\(paths.sys)/block/\(device)/device/type")?.string == "SD"
        }
        reading.needsReboot = access("/run/reboot-required", F_OK) == 0
        readUpdate(into: &reading)
        reading.nameServers = nameServers()
        reading.doesDNSAnswer = await doesDNSAnswer(reading.nameServers)
        return reading
    }

    private func readMemory(into reading: inout SystemReading) {
        if let text = KernelFile.text("\(paths.proc)/meminfo") {
            func bytes(_ key: StaticString) -> ByteCount? {
                text.value(key).map { ByteCount(bytes: Int64($0) * 1024) }
            }
            reading.memoryTotal = bytes("MemTotal:")
            reading.memoryAvailable = bytes("MemAvailable:")
            reading.swapTotal = bytes("SwapTotal:")
            reading.swapFree = bytes("SwapFree:")
        }
        reading.oomKills = KernelFile.text("\(paths.proc)/vmstat")?.value("oom_kill").map { Int($0) }
        if let row = KernelFile.text("\(paths.proc)/sys/fs/file-nr")?.rows.first, row.count > 2 {
            reading.openFiles = Int(row[0])
            // Newer kernels have no limit but the largest number there is.
            reading.mostOpenFiles = Int(row[2]).flatMap { $0 < 1 << 40 ? $0 : nil }
        }
        if let row = KernelFile.text("\(paths.proc)/self/statm")?.rows.first, row.count > 1, let pages = Int64(row[1]) {
            reading.ownMemory = ByteCount(bytes: pages * Int64(SystemFacts.pageSize))
        }
    }

    private func readPressure(into reading: inout SystemReading) {
        func recent(_ what: String, _ kind: String) -> Double? {
            KernelFile.text("\(paths.proc)/pressure/\(what)").flatMap { PressureText.recent($0, kind) }
        }
        reading.cpuPressure = recent("cpu", "some")
        reading.memoryPressure = recent("memory", "some")
        reading.memoryStall = recent("memory", "full")
        reading.ioPressure = recent("io", "some")
        reading.ioStall = recent("io", "full")
    }

    private func readNetwork(into reading: inout SystemReading) {
        let four = KernelFile.text("\(paths.proc)/net/route")?.rows ?? []
        let six = KernelFile.text("\(paths.proc)/net/ipv6_route")?.rows ?? []
        guard !four.isEmpty || !six.isEmpty else { return }
        let none = String(repeating: "0", count: 32)
        reading.hasDefaultRoute =
            four.contains { $0.count > 7 && $0[1] == "00000000" && $0[7] == "00000000" }
            || six.contains { $0.count > 9 && $0[0] == none && $0[1] == "00" && $0[9] != "lo" }
        let folder = "\(paths.sys)/class/net"
        reading.interfacesWithoutLink = KernelFile.names(in: folder).filter { name in
            // What has no device below it is made by software.
            KernelFile.isFolder("\(folder)/\(name)/device")
                && KernelFile.text("\(folder)/\(name)/carrier")?.number == 0
        }
    }

    private func temperatures() -> [String: Double] {
        var found: [String: Double] = [:]
        let folder = "\(paths.sys)/class/thermal"
        for name in KernelFile.names(in: folder) where name.hasPrefix("thermal_zone") {
            guard let value = KernelFile.text("\(folder)/\(name)/temp")?.number, value > 0, value < 200_000 else {
                continue
            }
            found[KernelFile.text("\(folder)/\(name)/type")?.string ?? name] = value / 1000
        }
        return found
    }

    /// What the updater has installed and nobody has judged yet.
    private func readUpdate(into reading: inout SystemReading) {
        guard let text = KernelFile.text("\(stateDirectory)/update/state.json"),
            let state = try? JSONDecoder().decode(JSONValue.self, from: Data(text.bytes)),
            let pending = state["pending"],
            pending["isWritten"]?.boolValue == true
        else { return }
        reading.pendingSystem = pending["version"]?.stringValue ?? "another"
        let boot = KernelFile.text("\(paths.proc)/sys/kernel/random/boot_id")?.string
        reading.isPendingSystemBooted = boot.map { $0 != pending["bootID"]?.stringValue }
    }

    /// The Raspberry Pi's firmware tells it in bits (vcgencmd, "get_throttled").
    private func throttling() -> [String] {
        let path = "\(paths.sys)/devices/platform/soc/soc:firmware/get_throttled"
        guard let text = KernelFile.text(path)?.string else { return [] }
        let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
        guard let bits = UInt32(digits, radix: 16) else { return [] }
        let words: [(UInt32, String)] = [
            (1, "under-voltage"), (2, "frequency capped"), (4, "throttled"), (8, "too hot"),
        ]
        return words.filter { bits & $0.0 != 0 }.map(\.1)
    }

    private func flash() -> [FlashReading] {
        let folder = "\(paths.sys)/block"
        return KernelFile.names(in: folder).filter { $0.hasPrefix("mmcblk") && !$0.contains("boot") }.compactMap {
            name in
            func worst(_ file: String) -> Int? {
                KernelFile.text("\(folder)/\(name)/device/\(file)")?.rows.first?
                    .compactMap { Int($0.hasPrefix("0x") ? $0.dropFirst(2) : $0, radix: 16) }.max()
            }
            let life = worst("life_time")
            let end = worst("pre_eol_info")
            return life == nil && end == nil ? nil : FlashReading(device: name, lifeUsed: life, endOfLife: end)
        }
    }

    // MARK: names

    private func nameServers() -> [String] {
        (KernelFile.text(resolverFile)?.rows ?? []).filter { $0.count > 1 && $0[0] == "nameserver" }.map {
            String($0[1])
        }
    }

    /// Asks each name server until one answers; kept for five minutes when one does.
    private func doesDNSAnswer(_ servers: [String]) async -> Bool? {
        let now = ContinuousClock.now
        if let known = dnsAnswer, known.doesAnswer != false, now - known.at < .seconds(300) { return known.doesAnswer }
        var answer: Bool?
        for server in servers.prefix(3) {
            answer = await NameQuestion.ask(server) || answer == true
            if answer == true { break }
        }
        dnsAnswer = (now, answer)
        return answer
    }
}
