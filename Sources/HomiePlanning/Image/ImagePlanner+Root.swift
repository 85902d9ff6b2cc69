internal import HomieModel

extension ImagePlanner {
    private static let tree = ImagePath.scratch("tree")
    private static let rootIdentity = "9e1d0d3a-7c1b-4c35-9c59-000000000010"
    private static let treeIdentity = "9e1d0d3a-7c1b-4c35-9c59-000000000011"
    /// The same for every image: where two systems hold the same data, their trees hold the same hashes, and an update
    /// does not carry them. What a root is, its own hash says.
    private static let salt = String(repeating: "486f6d6965", count: 6) + "0000"

    /// Nothing of this makes sense on a read-only system, or it waits for what an appliance may not have, or homied does
    /// it (HAProxy), or it prepares /etc, which is new at each start, for what the build has prepared it for.
    private static let masked = [
        "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
        "e2scrub_reap.service",
        "grub-common.service", "haproxy.service", "ldconfig.service", "sshd-keygen.service",
        "systemd-firstboot.service", "systemd-hwdb-update.service", "systemd-machine-id-commit.service",
        "systemd-networkd-wait-online.service",
    ]

    /// The largest of our programs, and the one that changes most often.
    private static let plainFiles = ["usr/lib/homie/bin/homied"]

    /// What the package manager and the installation have left, and what is the boot slot's.
    private static let removed = [
        "boot", "initrd.img", "initrd.img.old", "vmlinuz", "vmlinuz.old", "usr/lib/grub", "usr/share/grub",
        "usr/share/doc-base", "usr/share/locale", "usr/share/man", "var/cache", "var/lib/apt",
        "var/lib/dbus/machine-id",
        "var/lib/dpkg", "var/lib/systemd/random-seed", "var/lib/ucf", "var/log", "home", "root", "etc/resolv.conf",
        "etc/ssh/ssh_host_ecdsa_key", "etc/ssh/ssh_host_ecdsa_key.pub", "etc/ssh/ssh_host_ed25519_key",
        "etc/ssh/ssh_host_ed25519_key.pub", "etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_rsa_key.pub",
    ]

    static func root(_ order: ImageOrder) -> ImageStage {
        ImageStage(
            name: .root,
            needs: [.tools, .base],
            steps: unpacking(order) + configuring(order) + tidying() + sealing(order),
            outputs: ["root.img", "vmlinuz", "initrd.img", "slot.cfg", "packages"]
        )
    }

    private static func unpacking(_ order: ImageOrder) -> [ImageStep] {
        [
            .makeDirectory(tree),
            .run(.unpack(archive: .output(.base, "base.tar"), into: tree)),
            .run(.copy(tree.appending("var/lib/dpkg/status"), to: .output(.root, "packages"))),
            .checkPackages(status: .output(.root, "packages"), pinned: order.pinned),
            .pick(prefix: "vmlinuz-", in: tree.appending("boot"), to: .output(.root, "vmlinuz")),
            .pick(prefix: "initrd.img-", in: tree.appending("boot"), to: .output(.root, "initrd.img")),
            .run(.remove(removed.map { tree.appending($0) })),
        ]
    }

    private static func configuring(_ order: ImageOrder) -> [ImageStep] {
        let files = SystemFiles.all(order) + order.layers
        var steps: [ImageStep] = [
            .lay(files, into: .scratch("layers")),
            .run(.layOver(source: .scratch("layers"), tree: tree)),
        ]
        for file in files where file.path.hasPrefix("usr/lib/sysusers.d/") {
            steps.append(.run(.accounts(tree: tree, file: tree.appending(file.path))))
        }
        if !order.enabled.isEmpty { steps.append(.run(.preset(tree: tree, units: order.enabled))) }
        steps.append(.run(.mask(tree: tree, units: masked)))
        return steps
    }

    private static func tidying() -> [ImageStep] {
        [
            .run(.makeDirectories(["var/cache", "var/log"].map { tree.appending($0) }, mode: "755")),
            .run(
                .makeDirectories(
                    ["usr/share/homie", "usr/share/factory", "data", "efi", "home", "boot", "etc/homie"]
                        .map { tree.appending($0) },
                    mode: "755"
                )
            ),
            .run(.makeDirectories([tree.appending("root")], mode: "700")),
            .run(.copy(.output(.root, "packages"), to: tree.appending("usr/share/homie/packages"))),
            // The data partition gets it at the first start.
            .run(.remove([tree.appending("usr/share/factory/var")])),
            .run(.move(tree.appending("var"), to: tree.appending("usr/share/factory/var"))),
            .run(.makeDirectories([tree.appending("var")], mode: "755")),
        ]
    }

    private static func sealing(_ order: ImageOrder) -> [ImageStep] {
        let image = ImagePath.output(.root, "root.img")
        let settings = ImageCommand.ErofsSettings(
            compression: order.compression,
            plain: plainFiles,
            identity: rootIdentity,
            epoch: order.epoch
        )
        return [
            .run(.makeErofs(tree: tree, output: image, settings: settings)),
            .pad(image, multiple: 4096),
            .seal(
                image,
                salt: salt,
                identity: treeIdentity,
                arguments: order.board.kernelArguments,
                configuration: .output(.root, "slot.cfg")
            ),
            // An adaptive update counts in blocks.
            .pad(image, multiple: 4096),
        ]
    }
}
