import HomieModel
import HomiePlanning
import Testing

@Suite struct BoardTests {
    static let text = """
        # a board
        compatible = homie-test
        architecture = amd64
        suite = trixie
        kernel-arguments = console=ttyS0,115200
        epoch = 1788220800
        esp = 64M
        boot = 96M
        root = 768M
        data = 256M
        disk = 6G

        """

    @Test func `is read from its file`() throws {
        let board = try Board(name: "test", parsing: Self.text)
        #expect(board.compatible.text == "homie-test")
        #expect(board.architecture == .amd64)
        #expect(board.kernelArguments == "console=ttyS0,115200")
        #expect(board.sizes.root.bytes == 768 << 20)
        #expect(board.sizes.disk.bytes == 6 << 30)
    }

    @Test(arguments: [
        ("architecture = amd64", "architecture = mips", "'mips' is no architecture: write amd64 or arm64"),
        ("esp = 64M", "esp = 64", "'64' is no size: write e.g. 96M or 6G"),
        ("esp = 64M", "", "it does not say 'esp'"),
        ("compatible = homie-test", "compatible = ho mie", "'ho mie' is no compatible"),
        ("epoch = 1788220800", "epoch = soon", "'soon' is no time in seconds since 1970"),
        ("suite = trixie", "suite = Trixie 13", "'Trixie 13' is no release of Debian"),
    ])
    func `is refused with a reason`(line: String, replacement: String, reason: String) {
        let text = Self.text.split(separator: "\n").map { $0 == line ? Substring(replacement) : $0 }
        #expect(throws: ImagePlanError.board(name: "test", line: nil, reason: reason)) {
            try Board(name: "test", parsing: text.joined(separator: "\n"))
        }
    }

    @Test func `names the line of what it does not know`() {
        #expect(throws: ImagePlanError.board(name: "test", line: 2, reason: "there is no setting 'colour'")) {
            try Board(name: "test", parsing: "esp = 1M\ncolour = red\n")
        }
        #expect(throws: ImagePlanError.board(name: "test", line: 2, reason: "'esp' is set twice")) {
            try Board(name: "test", parsing: "esp = 1M\nesp = 2M\n")
        }
    }

    @Test func `may not end the boot loader's quotation`() {
        let text = Self.text + "\n"
        let bad = text.split(separator: "\n").map { $0.hasPrefix("kernel-arguments") ? "kernel-arguments = a\"b" : $0 }
        #expect(throws: ImagePlanError.self) { try Board(name: "test", parsing: bad.joined(separator: "\n")) }
    }

    @Test(arguments: [
        ("homied.service", "usr/lib/systemd/system/homied.service"),
        ("homie.sysusers.conf", "usr/lib/sysusers.d/homie.conf"),
        ("homie.tmpfiles.conf", "usr/lib/tmpfiles.d/homie.conf"),
        ("90-homie.preset", "usr/lib/systemd/system-preset/90-homie.preset"),
        ("60-homie-update.rules", "usr/lib/udev/rules.d/60-homie-update.rules"),
        ("homie-dbus.conf", "etc/dbus-1/system.d/zz-homie-rauc.conf"),
        ("README.md", nil), ("unknown.conf", nil),
    ])
    func `gets each unit file where systemd looks for it`(name: String, place: String?) {
        #expect(LayerFile.place(ofUnitFile: name) == place)
    }

    @Test func `enables what the presets say`() {
        #expect(
            LayerFile.units(enabledBy: "# x\nenable a.service\ndisable b.service\nenable c.timer\n")
                == ["a.service", "c.timer"]
        )
    }
}
