public import HomieModel

/// Where on the disk each partition lies: EFI system partition, two slots of boot and root, and the data, which are
/// last so that they can grow.
public struct PartitionLayout: Sendable, Hashable {
    public struct Partition: Sendable, Hashable {
        /// Its label in the partition table.
        public var name: String
        /// In the partition table (UEFI Specification 2.10, 5.3.3); the same in every image.
        public var type: String
        /// What finds it on the device.
        public var identity: String
        public var offset: ByteCount
        public var size: ByteCount
    }

    /// systemd-repart matches by type, in order: the data have one of their own.
    static let dataType = "9E1D0D3A-7C1B-4C35-9C59-6B6F6D696531"
    private static let espType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
    private static let linuxType = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
    private static let mebibyte: Int64 = 1 << 20
    static let sector: Int64 = 512

    public let partitions: [Partition]
    /// The size of the image: what is in use, and room for the second copy of the table. On a larger disk the data grow.
    public let image: ByteCount

    /// - Throws: ``ImagePlanError/layout(_:)``.
    public init(_ sizes: Board.Sizes) throws(ImagePlanError) {
        let rows: [(String, String, ByteCount)] = [
            ("esp", Self.espType, sizes.esp), ("boot-a", Self.linuxType, sizes.boot),
            ("root-a", Self.linuxType, sizes.root), ("boot-b", Self.linuxType, sizes.boot),
            ("root-b", Self.linuxType, sizes.root), ("data", Self.dataType, sizes.data),
        ]
        var offset = Self.mebibyte
        var partitions: [Partition] = []
        for (name, type, size) in rows {
            partitions.append(
                Partition(
                    name: name,
                    type: type,
                    identity: Self.identity(name),
                    offset: ByteCount(bytes: offset),
                    size: size
                )
            )
            offset += size.bytes
        }
        // The second copy of the table is at the end.
        guard offset + Self.mebibyte <= sizes.disk.bytes else {
            throw .layout("its partitions need \((offset >> 20) + 1) MiB, and the disk has \(sizes.disk.bytes >> 20)")
        }
        self.partitions = partitions
        image = ByteCount(bytes: offset + Self.mebibyte)
    }

    func partition(_ name: String) -> Partition? { partitions.first { $0.name == name } }

    /// In the order in which they lie on the disk.
    public static let names = ["esp", "boot-a", "root-a", "boot-b", "root-b", "data"]

    private static func identity(_ name: String) -> String {
        "9E1D0D3A-7C1B-4C35-9C59-00000000000\((names.firstIndex(of: name) ?? -1) + 1)"
    }

    /// Where the running system finds a partition (udev's `60-persistent-storage.rules`). By its identity, not by its label: a disk of
    /// somebody else's may well have a partition that is called `data`.
    public static func device(_ name: String) -> String { "/dev/disk/by-partuuid/" + identity(name).lowercased() }

    /// What `sfdisk` reads (sfdisk(8), "Input formats").
    var script: String {
        var text = "label: gpt\nlabel-id: 9E1D0D3A-7C1B-4C35-9C59-000000000000\nunit: sectors\nsector-size: 512\n\n"
        for partition in partitions {
            text += "start=\(partition.offset.bytes / Self.sector), size=\(partition.size.bytes / Self.sector), "
            text += "type=\(partition.type), uuid=\(partition.identity), name=\"\(partition.name)\"\n"
        }
        return text
    }
}
