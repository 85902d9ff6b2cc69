import Glibc
import HomieModel
import Logging
import Testing

@testable import HomieSystemd

struct JournalFieldsTests {
    private let event = LogEvent(
        level: .warning,
        message: "web is unhealthy",
        metadata: nil,
        source: "Test",
        file: "A.swift",
        function: "look()",
        line: 12
    )

    @Test func `a message carries the fields that journalctl knows`() {
        let fields = JournalFields(event: event, label: "homied", metadata: [:]).fields
        let expected = [
            ("MESSAGE", "web is unhealthy"), ("PRIORITY", "4"), ("SYSLOG_IDENTIFIER", "homied"),
            ("CODE_FILE", "A.swift"), ("CODE_LINE", "12"), ("CODE_FUNC", "look()"),
        ]
        #expect(fields == expected.map { JournalFields.Field(name: $0.0, value: $0.1) })
    }

    @Test func `metadata become HOMIE fields in a stable order`() {
        let fields = JournalFields(
            event: event,
            label: "homied",
            metadata: ["stack": "photos", "exitCode": "137"]
        ).fields
        #expect(fields.suffix(2).map(\.name) == ["HOMIE_EXIT_CODE", "HOMIE_STACK"])
        #expect(fields.suffix(2).map(\.value) == ["137", "photos"])
    }

    @Test(
        arguments: [
            ("service", "HOMIE_SERVICE"), ("container-id", "HOMIE_CONTAINER_ID"), ("containerID", "HOMIE_CONTAINER_ID"),
            ("a.b c", "HOMIE_A_B_C"), ("é", "HOMIE___"), ("x2Y", "HOMIE_X2_Y"),
        ]
    )
    func `a metadata key is written in the letters that the journal allows`(key: String, name: String) {
        #expect(JournalFields.name(for: key) == name)
    }

    @Test func `a field name is never longer than the journal allows`() {
        #expect(JournalFields.name(for: String(repeating: "aB", count: 100)).utf8.count == 64)
    }

    @Test func `every level has the priority of syslog`() {
        let priorities = Logger.Level.allCases.map(\.journalPriority)
        #expect(priorities == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test func `what stands nearer to the event wins`() {
        var event = event
        event.metadata = ["service": "own"]
        let merged = LogMetadata.merged(
            handler: ["service": "handler", "stack": "handler"],
            provider: Logger.MetadataProvider { ["stack": "provider"] },
            event: event
        )
        #expect(merged == ["service": "own", "stack": "provider"])
    }
}

/// Only where no journal runs may a test stand in for it: the path of its socket is fixed in libsystemd.
@Suite(.serialized) struct JournalSocketTests {
    private static let path = "/run/systemd/journal/socket"
    private static var canStandIn: Bool { getuid() == 0 && access(path, F_OK) != 0 }

    @Test(.enabled(if: canStandIn, "needs root and a machine without a running journal"))
    func `an entry reaches the journal's socket with all its fields`() throws {
        mkdir("/run/systemd", 0o755)
        mkdir("/run/systemd/journal", 0o755)
        let socket = try DatagramSocket(path: Self.path)
        let logger = LogDestination.journal.logger(label: "homied", level: .info)
        logger.error("two\nlines", metadata: ["service": "web"])
        let entry = try #require(socket.receiveText())
        #expect(entry.contains("PRIORITY=3\n"))
        #expect(entry.contains("SYSLOG_IDENTIFIER=homied\n"))
        #expect(entry.contains("HOMIE_SERVICE=web\n"))
        // Values of several lines go in the binary form: name, line break, length in eight bytes, value.
        #expect(entry.contains("MESSAGE\n\u{9}\0\0\0\0\0\0\0two\nlines\n"))
    }

    @Test func `standard error is the journal only where device and inode agree`() {
        #expect(SystemdEnvironment.stream("12:345", isDevice: 12, inode: 345))
        #expect(!SystemdEnvironment.stream("12:346", isDevice: 12, inode: 345))
        #expect(!SystemdEnvironment.stream("12", isDevice: 12, inode: 345))
        #expect(!SystemdEnvironment.stream("12:345:6", isDevice: 12, inode: 345))
    }
}
