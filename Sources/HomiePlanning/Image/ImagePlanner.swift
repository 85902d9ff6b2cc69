internal import HomieModel

/// Plans how an image is made (pure; what it is made of has been read before).
///
/// What changes seldom comes first: a stage whose recipe is known need not be taken again.
public enum ImagePlanner {
    /// - Throws: ``ImagePlanError``.
    public static func plan(_ order: ImageOrder) throws(ImagePlanError) -> ImagePlan {
        let layout = try PartitionLayout(order.board.sizes)
        try check(order)
        let stages = [
            tools(order), base(order), root(order), boot(order), disk(order, layout),
        ]
        return ImagePlan(stages: stages, layout: layout)
    }

    private static func check(_ order: ImageOrder) throws(ImagePlanError) {
        for layer in order.layers {
            let parts = layer.path.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
                throw .file(path: layer.path, reason: "its path is not one below the root")
            }
        }
    }

    /// Debian's own names of what makes images.
    private static let toolPackages = [
        "cryptsetup-bin", "dosfstools", "e2fsprogs", "erofs-utils", "fdisk", "grub-common", "mtools",
    ]

    private static func tools(_ order: ImageOrder) -> ImageStage {
        ImageStage(
            name: .tools,
            needs: [],
            steps: [
                .write(sourcesList(order), to: .scratch("sources.list")),
                .run(
                    .unpackPackages(
                        suite: order.board.suite,
                        packages: toolPackages + ["grub-efi-\(order.board.architecture.rawValue)-bin"],
                        sources: .scratch("sources.list"),
                        output: .output(.tools, "root")
                    )
                ),
            ],
            outputs: ["root"]
        )
    }

    private static func base(_ order: ImageOrder) -> ImageStage {
        var bootstrap = ImageCommand.Bootstrap(
            architecture: order.board.architecture,
            suite: order.board.suite,
            packages: order.packages,
            sources: .scratch("sources.list"),
            early: [:],
            accounts: .input(order.accounts),
            output: .output(.base, "base.tar")
        )
        for (place, input) in order.initramfs { bootstrap.early[place] = .input(input) }
        return ImageStage(
            name: .base,
            needs: [],
            steps: [
                // Not what it does, but part of what decides what comes out.
                .write(
                    "SOURCE_DATE_EPOCH=\(order.epoch)\n" + order.pinned.joined(separator: "\n"),
                    to: .scratch("pins")
                ),
                .write(sourcesList(order), to: .scratch("sources.list")),
                .run(.install(bootstrap)),
            ],
            outputs: ["base.tar"]
        )
    }

    private static func sourcesList(_ order: ImageOrder) -> String {
        order.sources.map { $0 + "\n" }.joined()
    }

    private static func boot(_ order: ImageOrder) -> ImageStage {
        let image = ImagePath.output(.boot, "boot.img")
        let files = ["vmlinuz", "initrd.img", "slot.cfg"].map { ImagePath.output(.root, $0) }
        return ImageStage(
            name: .boot,
            needs: [.tools, .root],
            steps: [
                .allocate(image, order.board.sizes.boot),
                .run(.makeFAT(image, label: "HOMIE-BOOT", identity: "484f4d42")),
                .run(.copyIntoFAT(image: image, files: files, directory: "")),
            ],
            outputs: ["boot.img"]
        )
    }
}
