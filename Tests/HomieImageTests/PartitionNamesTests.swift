import Foundation
import HomieModel
import HomiePlanning
import Testing

/// What finds partitions on the device says the same as the partition table.
@Suite struct `Partitions are found by their identities` {
    private func text(_ path: String) throws -> String {
        let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized.path
        return try String(contentsOfFile: repository + "/" + path, encoding: .utf8)
    }

    private func layout() throws -> PartitionLayout {
        let size = ByteCount(bytes: 64 << 20)
        return try PartitionLayout(
            .init(esp: size, boot: size, root: size, data: size, disk: ByteCount(bytes: 6 << 30))
        )
    }

    @Test func `as the table has them`() throws {
        let layout = try layout()
        #expect(layout.partitions.map(\.name) == PartitionLayout.names)
        for partition in layout.partitions {
            #expect(PartitionLayout.device(partition.name).hasSuffix("/" + partition.identity.lowercased()))
        }
        #expect(Set(layout.partitions.map(\.identity)).count == layout.partitions.count)
    }

    @Test func `by the boot loader`() throws {
        let text = try text("image/grub/grub.cfg")
        func identity(_ name: String) -> String {
            String(PartitionLayout.device(name).split(separator: "/").last ?? "")
        }
        #expect(text.contains("set bootpart=\"$disk,gpt2\"\n  set rootpart=\(identity("root-a"))\n"))
        #expect(text.contains("set bootpart=\"$disk,gpt4\"\n  set rootpart=\(identity("root-b"))\n"))
        #expect(text.contains(" homie.root=/dev/disk/by-partuuid/$rootpart "))
        #expect(text.contains(" homie.data=\(PartitionLayout.device("data")) "))
    }

    @Test func `by the mount of the boot loader's counters, after their check`() throws {
        let text = try text("image/rootfs/usr/lib/systemd/system/efi.mount")
        let device = PartitionLayout.device("esp")
        #expect(text.contains("\nWhat=\(device)\n"))
        // systemd.unit(5): '/' is written '-', and '-' as its number.
        let escaped = device.dropFirst().split(separator: "/").map { $0.replacing("-", with: #"\x2d"#) }
        for setting in ["Wants", "After"] {
            #expect(text.contains("\n\(setting)=systemd-fsck@\(escaped.joined(separator: "-")).service\n"))
        }
    }

    @Test func `and by nobody by their labels`() throws {
        for file in ["image/grub/grub.cfg", "image/initramfs/homie", "image/rootfs/usr/lib/systemd/system/efi.mount"] {
            #expect(try !text(file).contains("by-partlabel"), "\(file)")
        }
    }
}
