import HomieModel
import HomiePlanning
import Testing

@Suite struct `The image planner` {
    @Test func `lays the partitions one after another, the data last`() throws {
        let layout = try ImagePlanner.plan(try Sample.order()).layout
        #expect(layout.partitions.map(\.name) == ["esp", "boot-a", "root-a", "boot-b", "root-b", "data"])
        var end: Int64 = 1 << 20
        for partition in layout.partitions {
            #expect(partition.offset.bytes == end)
            end += partition.size.bytes
        }
        #expect(Set(layout.partitions.map(\.identity)).count == 6)
    }

    @Test func `refuses a disk that is too small`() throws {
        var order = try Sample.order()
        order.board.sizes.disk = ByteCount(bytes: 1 << 30)
        #expect(throws: ImagePlanError.layout("its partitions need 2050 MiB, and the disk has 1024")) {
            try ImagePlanner.plan(order)
        }
    }

    @Test func `keeps the stages before the one that a change concerns`() throws {
        let before = try ImagePlanner.plan(try Sample.order())
        var order = try Sample.order()
        order.version = try SystemVersion(parsing: "1.0.1")
        let after = try ImagePlanner.plan(order)
        let changed = zip(before.stages, after.stages).filter { $0.recipe != $1.recipe }.map(\.0.name)
        // The disk's checksum carries the version in its name.
        #expect(changed == [.root, .disk])
    }

    @Test func `makes the packages anew when the initial RAM disk changes`() throws {
        let before = try ImagePlanner.plan(try Sample.order())
        var order = try Sample.order()
        order.initramfs["etc/initramfs-tools/scripts/homie"] = try Sample.input("other", 9)
        let after = try ImagePlanner.plan(order)
        #expect(zip(before.stages, after.stages).filter { $0.recipe != $1.recipe }.map(\.0.name) == [.base])
    }

    @Test func `gives accounts their numbers before a package can make them`() throws {
        let before = try ImagePlanner.plan(try Sample.order())
        let base = try #require(before.stages.first { $0.name == .base })
        let hook = try #require(base.recipe.firstRange(of: "systemd-sysusers --root="))
        #expect(hook.upperBound < (try #require(base.recipe.firstRange(of: "--include=systemd"))).lowerBound)
        var order = try Sample.order()
        order.accounts = try Sample.input("accounts", 9)
        let after = try ImagePlanner.plan(order)
        #expect(zip(before.stages, after.stages).filter { $0.recipe != $1.recipe }.map(\.0.name) == [.base])
    }

    @Test func `needs only what was planned before`() throws {
        var made: Set<ImageStageName> = []
        for stage in try ImagePlanner.plan(try Sample.order()).stages {
            #expect(Set(stage.needs).isSubset(of: made))
            made.insert(stage.name)
        }
    }

    @Test func `does not name the build host's paths in a recipe`() throws {
        for stage in try ImagePlanner.plan(try Sample.order()).stages { #expect(!stage.recipe.contains("/host/")) }
    }

    @Test(arguments: ["../etc/passwd", "/etc/passwd", "etc//passwd", "", "etc/./passwd"])
    func `refuses a file that would lie outside of the root`(path: String) throws {
        var order = try Sample.order()
        order.layers.append(LayerFile(path: path, content: .link("x")))
        #expect(throws: ImagePlanError.file(path: path, reason: "its path is not one below the root")) {
            try ImagePlanner.plan(order)
        }
    }

    @Test func `does nothing at each start that the build has done`() throws {
        let root = try #require(try ImagePlanner.plan(try Sample.order()).stages.first { $0.name == .root })
        for unit in ["ldconfig.service", "systemd-hwdb-update.service"] { #expect(root.recipe.contains(unit)) }
    }

    @Test func `dates the clock's lower bound as everything in the image`() throws {
        let root = try #require(try ImagePlanner.plan(try Sample.order()).stages.first { $0.name == .root })
        #expect(root.recipe.contains("usr/lib/clock-epoch text"))
        #expect(root.recipe.contains("-T\(try Sample.order().epoch)"))
    }

    @Test func `configures RAUC for both slots, and for signed code only`() throws {
        let root = try #require(try ImagePlanner.plan(try Sample.order()).stages.first { $0.name == .root })
        for words in [
            "compatible=homie-test", "bundle-formats=verity", "check-purpose=codesign", "[slot.boot.1]",
            "device=/dev/disk/by-partuuid/9e1d0d3a-7c1b-4c35-9c59-000000000005", "parent=boot.1",
        ] { #expect(root.recipe.contains(words)) }
    }
}

@Suite struct `The command lines of images` {
    @Test func `make a compressed root of fixed identity and time`() {
        let command = ImageCommand.makeErofs(
            tree: .scratch("tree"),
            output: .output(.root, "root.img"),
            settings: .init(compression: "zstd,level=6", identity: "id", epoch: 5)
        )
        #expect(
            command.words == [
                "-zzstd,level=6", "-C65536", "-T5", "-U", "id", "--quiet", .path(.output(.root, "root.img")),
                .path(.scratch("tree")),
            ]
        )
        #expect(command.program == .tool("usr/bin/mkfs.erofs"))
        #expect(command.needsOwners)
        #expect(command.input == nil)
    }

    @Test func `leave files uncompressed that an update is to fetch only the new parts of`() throws {
        let command = ImageCommand.makeErofs(
            tree: .scratch("tree"),
            output: .output(.root, "root.img"),
            settings: .init(
                compression: "zstd,level=6",
                plain: ["usr/bin/a", "usr/lib/b.so"],
                identity: "id",
                epoch: 5
            )
        )
        #expect(command.words.contains("--compress-hints=/dev/stdin"))
        #expect(command.input == "0 ^usr/bin/a$\n0 ^usr/lib/b\\.so$\n")
        let root = try #require(try ImagePlanner.plan(try Sample.order()).stages.first { $0.name == .root })
        #expect(root.recipe.contains("0 ^usr/lib/homie/bin/homied$"))
    }

    @Test func `build the hash tree right behind the data`() {
        let command = ImageCommand.formatVerity(.scratch("x"), dataBlocks: 10, salt: "00", identity: "id")
        #expect(command.words.contains("--hash-offset=40960"))
        #expect(command.words.contains("--data-blocks=10"))
    }

    @Test func `partition a disk from a script`() throws {
        let plan = try ImagePlanner.plan(try Sample.order())
        let script = plan.stages.last?.steps.compactMap { step -> String? in
            if case .run(let command) = step { command.input } else { nil }
        }.first
        #expect(script?.contains("start=2048, size=131072, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B") == true)
    }
}

@Suite struct `A slot's configuration` {
    @Test func `is made of what veritysetup prints`() {
        let hash = String(repeating: "ab", count: 32)
        let text = "VERITY header information\nUUID:\tx\nRoot hash:      \t\(hash)\n"
        let slot = SlotConfiguration(verityOutput: text, hashOffset: 4096, arguments: "console=ttyS0")
        #expect(
            slot?.text == "set slot_cmdline=\"homie.roothash=\(hash) homie.hashoffset=4096 console=ttyS0\"\n"
        )
    }

    @Test(arguments: ["", "Root hash: xyz\n", "Salt: 00\n"])
    func `is not guessed`(text: String) {
        #expect(SlotConfiguration(verityOutput: text, hashOffset: 0, arguments: "") == nil)
    }
}

/// An order as a build host would write it.
enum Sample {
    static func input(_ name: String, _ seed: UInt8) throws -> ImageInput {
        let digest = try ContentDigest(bytes: [UInt8](repeating: seed, count: 32))
        return ImageInput(path: "/host/\(name)", digest: digest)
    }

    static func order() throws -> ImageOrder {
        ImageOrder(
            board: try Board(name: "test", parsing: BoardTests.text),
            version: try SystemVersion(parsing: "1.0.0"),
            trust: .development,
            keyring: try input("ca.pem", 1),
            packages: ["systemd", "rauc"],
            pinned: [],
            sources: ["deb http://deb.debian.org/debian trixie main"],
            epoch: 1,
            compression: "zstd",
            initramfs: ["etc/initramfs-tools/scripts/homie": try input("homie", 2)],
            accounts: try input("accounts", 5),
            bootLoader: try input("grub.cfg", 3),
            layers: [
                LayerFile(path: "usr/bin/homied", content: .file(try input("homied", 4), isExecutable: true)),
                LayerFile(path: "usr/lib/sysusers.d/homie.conf", content: .text("u homie - - -", mode: 0o644)),
            ],
            enabled: ["homied.service"],
            output: "/host/out"
        )
    }
}
