internal import HomieModel

extension ImagePlanner {
    private static let modules = [
        "boot", "cat", "configfile", "echo", "fat", "halt", "linux", "loadenv", "ls", "minicmd", "normal", "part_gpt",
        "reboot", "regexp", "search", "search_fs_file", "search_label", "serial", "sleep", "terminal", "test", "true",
    ]

    static func disk(_ order: ImageOrder, _ layout: PartitionLayout) -> ImageStage {
        let disk = ImagePath.output(.disk, "disk.img")
        let sources: [String: ImagePath] = [
            "esp": .scratch("esp.img"), "boot-a": .output(.boot, "boot.img"), "root-a": .output(.root, "root.img"),
            "data": .scratch("data.img"),
        ]
        var steps = systemPartition(order) + dataPartition(order)
        steps += [.allocate(disk, layout.image), .run(.partition(disk, script: layout.script))]
        for partition in layout.partitions {
            guard let source = sources[partition.name] else { continue }
            steps.append(.place(source, in: disk, at: partition.offset, limit: partition.size))
        }
        steps += [
            .mapBlocks(of: disk, to: .output(.disk, "disk.bmap")),
            .digest(of: disk, name: order.name + ".img", to: .output(.disk, "disk.sha256")),
        ]
        return ImageStage(
            name: .disk,
            needs: [.tools, .root, .boot],
            steps: steps,
            outputs: ["disk.img", "disk.bmap", "disk.sha256"]
        )
    }

    private static func systemPartition(_ order: ImageOrder) -> [ImageStep] {
        let image = ImagePath.scratch("esp.img")
        let loader = ImagePath.scratch(order.board.architecture.loaderFile)
        return [
            .allocate(image, order.board.sizes.esp),
            .run(.makeFAT(image, label: "HOMIE-ESP", identity: "484f4d45")),
            .run(.grubImage(format: order.board.architecture.grubFormat, modules: modules, output: loader)),
            .run(.grubEnvironment(.scratch("grubenv"))),
            .run(.grubVariables(.scratch("grubenv"), ["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0"])),
            .run(.copy(.input(order.bootLoader), to: .scratch("grub.cfg"))),
            .run(.makeFATDirectories(image: image, ["EFI", "EFI/BOOT", "grub"])),
            .run(.copyIntoFAT(image: image, files: [loader], directory: "EFI/BOOT")),
            .run(
                .copyIntoFAT(image: image, files: [.scratch("grub.cfg"), .scratch("grubenv")], directory: "grub")
            ),
        ]
    }

    private static func dataPartition(_ order: ImageOrder) -> [ImageStep] {
        let image = ImagePath.scratch("data.img")
        return [
            .allocate(image, order.board.sizes.data),
            .run(.makeExt4(image, label: "data", identity: "9e1d0d3a-7c1b-4c35-9c59-000000000012")),
        ]
    }
}
