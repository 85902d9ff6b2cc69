import HomieModel

extension DeviceCheck {
    /// Time, names, network, and the system below.
    static let surroundings: [DeviceCheck] = [
        DeviceCheck("clock") { checkup in
            // Before this source was written, or ninety years after it, no clock can be right.
            guard checkup.now.nanoseconds > 1_760_000_000_000_000_000,
                checkup.now.nanoseconds < 4_600_000_000_000_000_000
            else {
                return warning(
                    "clock",
                    "the clock says \(checkup.now.rfc3339.prefix(10)), which cannot be right",
                    checkup,
                    isError: true,
                    by: "timedatectl set-ntp true",
                    "let a time service set it"
                )
            }
            return .fine("the clock says \(checkup.now.rfc3339.prefix(16))")
        },
        DeviceCheck("clock-sync") { checkup in
            guard let isSynchronised = checkup.system?.isClockSynchronised else { return .unknown }
            guard !isSynchronised else { return .fine("the clock is kept by a time service") }
            return warning(
                "clock-sync",
                "no time service keeps the clock, so it drifts",
                checkup,
                by: "timedatectl set-ntp true",
                "switch on a time service"
            )
        },
        DeviceCheck("dns") { checkup in
            guard let system = checkup.system else { return .unknown }
            if system.nameServers.isEmpty {
                return warning(
                    "dns",
                    "no name server is set, so names cannot be found",
                    checkup,
                    isError: true,
                    by: "resolvectl status",
                    "set a name server"
                )
            }
            guard system.doesDNSAnswer == false else {
                return .fine("name server \(system.nameServers.joined(separator: ", "))")
            }
            return warning(
                "dns",
                "the name server \(system.nameServers.joined(separator: ", ")) does not answer",
                checkup,
                isError: true,
                by: "resolvectl status",
                "see whether it runs and can be reached"
            )
        },
        DeviceCheck("network") { checkup in
            guard let system = checkup.system, let hasRoute = system.hasDefaultRoute else { return .unknown }
            guard hasRoute else {
                return warning(
                    "network",
                    "there is no way out of this device: no default route",
                    checkup,
                    isError: true,
                    by: "ip route",
                    "connect it, or set a gateway"
                )
            }
            return .fine("there is a default route")
        },
        DeviceCheck("link") { checkup in
            guard let system = checkup.system else { return .unknown }
            guard !system.interfacesWithoutLink.isEmpty, system.hasDefaultRoute == false else {
                return .fine("network links are up")
            }
            let names = system.interfacesWithoutLink.joined(separator: ", ")
            return warning("link", "no link on \(names)", checkup, by: "ip link", "plug the cable in")
        },
        DeviceCheck("reboot") { checkup in
            guard let needsReboot = checkup.system?.needsReboot else { return .unknown }
            guard needsReboot else { return .fine("no reboot is asked for") }
            return warning("reboot", "an update waits for a reboot", checkup, by: "systemctl reboot", "reboot")
        },
        DeviceCheck("system-confirmed") { checkup in
            guard let system = checkup.system else { return .unknown }
            guard let version = system.pendingSystem else { return .fine("no system waits to be judged") }
            guard system.isPendingSystemBooted == true else {
                return warning(
                    "system-confirmed",
                    "system \(version) is installed and waits for a restart",
                    checkup,
                    by: "homie os reboot",
                    "restart into it"
                )
            }
            return warning(
                "system-confirmed",
                "system \(version) runs, but has not been judged good: the next restart goes back to the one before",
                checkup,
                by: "systemctl status homie-confirm-boot",
                "see what it waits for"
            )
        },
        DeviceCheck("own-memory") { checkup in
            guard let memory = checkup.system?.ownMemory else { return .unknown }
            guard memory.bytes > 400 << 20 else { return .fine("homied uses \(memory.bytes >> 20) MiB of memory") }
            return warning(
                "own-memory",
                "homied itself uses \(memory.bytes >> 20) MiB of memory",
                checkup,
                by: "systemctl restart homied",
                "restart it; services go on meanwhile"
            )
        },
    ]
}
