internal import HomieModel

/// The files of a system that follow from what the image is made for.
enum SystemFiles {
    static func all(_ order: ImageOrder) -> [LayerFile] {
        [
            text("usr/lib/os-release", release(order)),
            LayerFile(path: "etc/os-release", content: .link("../usr/lib/os-release")),
            text("usr/lib/homie/version", "\(order.version)\n"),
            // Its date, which is the image's, is the earliest that systemd takes the clock for (systemd(1)): one that lost its battery
            // would take every signature for one of the future.
            text("usr/lib/clock-epoch", ""),
            text("etc/rauc/system.conf", rauc(order.board)),
            LayerFile(path: "etc/rauc/keyring.pem", content: .file(order.keyring, isExecutable: false)),
            text("etc/hostname", "homie\n"),
            text("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 homie\n::1 localhost ip6-localhost ip6-loopback\n"),
            text("etc/fstab", "# The initial RAM disk mounts what there is to mount.\n"),
            // Written by the initial RAM disk, from the data partition.
            text("etc/machine-id", ""),
            LayerFile(path: "etc/resolv.conf", content: .link("../run/systemd/resolve/stub-resolv.conf")),
        ]
    }

    private static func text(_ path: String, _ text: String) -> LayerFile {
        LayerFile(path: path, content: .text(text, mode: 0o644))
    }

    /// os-release(5)
    private static func release(_ order: ImageOrder) -> String {
        """
        NAME="Homie"
        PRETTY_NAME="Homie \(order.version)"
        ID=homie
        ID_LIKE=debian
        VERSION_ID="\(order.version)"
        VERSION_CODENAME=\(order.board.suite)
        VARIANT_ID=\(order.trust.rawValue)
        IMAGE_ID=\(order.board.compatible)
        IMAGE_VERSION="\(order.version)"

        """
    }

    /// RAUC Reference Manual, "System Configuration File".
    private static func rauc(_ board: Board) -> String {
        var text = """
            [system]
            compatible=\(board.compatible)
            bootloader=grub
            grubenv=/efi/grub/grubenv
            data-directory=/var/lib/rauc
            mountprefix=/run/rauc/mnt
            bundle-formats=verity
            max-bundle-download-size=2147483648
            activate-installed=true

            [keyring]
            path=/etc/rauc/keyring.pem
            check-purpose=codesign

            """
        for (number, slot) in ["a", "b"].enumerated() {
            text += """

                [slot.boot.\(number)]
                device=\(PartitionLayout.device("boot-\(slot)"))
                type=raw
                bootname=\(slot.uppercased())

                [slot.rootfs.\(number)]
                device=\(PartitionLayout.device("root-\(slot)"))
                type=raw
                parent=boot.\(number)

                """
        }
        return text
    }
}

extension LayerFile {
    /// Where a file of the rooms `systemd/` and `udev/` is installed; nil: it is not part of a system.
    ///
    /// - Parameter name: its name in the room.
    public static func place(ofUnitFile name: String) -> String? {
        switch name {
        case "homie-dbus.conf": return "etc/dbus-1/system.d/zz-homie-rauc.conf"
        case "homie-rauc.conf": return "usr/lib/systemd/system/rauc.service.d/homie.conf"
        case "homie-watchdog.conf": return "usr/lib/systemd/system.conf.d/homie-watchdog.conf"
        case "homie.rules": return "usr/share/polkit-1/rules.d/50-homie.rules"
        default: break
        }
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[dot...] {
        case ".service", ".socket", ".timer", ".target", ".path", ".slice", ".mount":
            return "usr/lib/systemd/system/" + name
        case ".preset": return "usr/lib/systemd/system-preset/" + name
        case ".rules": return "usr/lib/udev/rules.d/" + name
        case ".conf":
            for kind in ["sysusers", "tmpfiles"] where name.hasSuffix(".\(kind).conf") {
                return "usr/lib/\(kind).d/" + name.dropLast(".\(kind).conf".count) + ".conf"
            }
            return nil
        default: return nil
        }
    }

    /// The units that a preset enables (systemd.preset(5)).
    public static func units(enabledBy preset: String) -> [String] {
        TextLine.entries(preset).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count == 2 && words[0] == "enable" ? String(words[1]) : nil
        }
    }
}
