internal import HomieModel

/// The RAUC daemon's D-Bus interface `de.pengutronix.rauc.Installer`, one method per D-Bus method.
///
/// RAUC answers one method at a time: while an install runs, everything but ``overview()`` fails with
/// ``RaucError/busy``.
public struct RaucClient: Sendable {
    static let interface = "de.pengutronix.rauc.Installer"
    static let path = "/"

    let bus: BusConnection
    /// The daemon's name on the bus.
    let name: String

    public init(bus: BusConnection, name: String = "de.pengutronix.rauc") {
        self.bus = bus
        self.name = name
    }

    /// `GetSlotStatus`: all slots, by name (the daemon gives them in no certain order).
    public func slots() async throws -> [RaucSlot] {
        let answer = try await call("GetSlotStatus")
        guard let slots = answer.first?.elements else { throw malformed("GetSlotStatus", answer) }
        let found = try slots.map { entry in
            guard let pair = entry.elements, pair.count == 2, let name = pair[0].text, let values = pair[1].dictionary
            else {
                throw malformed("GetSlotStatus", answer)
            }
            return RaucSlot(name: name, values: values)
        }
        return found.sorted { $0.name < $1.name }
    }

    /// `GetPrimary`: the slot that is started next, e.g. `rootfs.0`.
    ///
    /// - Returns: nil during a trial boot, when the boot loader's order names no slot that is known to be good.
    public func primary() async throws -> String? {
        do {
            let answer = try await call("GetPrimary")
            guard let slot = answer.first?.text else { throw malformed("GetPrimary", answer) }
            return slot
        } catch BusError.refused(_, _, let message) where message.lowercased().contains("no bootable slot") {
            return nil
        }
    }

    /// `Mark`: tells the boot loader what to think of a slot.
    ///
    /// - Returns: the slot's name.
    @discardableResult
    public func mark(_ mark: RaucMark, _ slot: RaucSlotSelector) async throws -> String {
        let answer = try await call("Mark", [.string(mark.rawValue), .string(slot.text)])
        guard let name = answer.first?.text else { throw malformed("Mark", answer) }
        return name
    }

    /// `InspectBundle`, or `Info` where the daemon is older than 1.9: reads a bundle and verifies its signature.
    public func inspect(bundle: String) async throws -> RaucBundle {
        do {
            let answer = try await call("InspectBundle", [.string(bundle), .options([:])], timeLimit: .seconds(120))
            guard let values = answer.first?.dictionary else { throw malformed("InspectBundle", answer) }
            return RaucBundle(values)
        } catch BusError.refused(_, "org.freedesktop.DBus.Error.UnknownMethod", _) {
            let answer = try await inspecting(bundle) {
                try await call("Info", [.string(bundle)], timeLimit: .seconds(120))
            }
            guard answer.count == 2, let compatible = answer[0].text, let version = answer[1].text else {
                throw malformed("Info", answer)
            }
            return RaucBundle(compatible: compatible, version: version, format: nil, images: [])
        } catch BusError.refused(_, _, let message) {
            throw RaucError.installFailed(bundle: bundle, cause: .init(lastError: message), message: message)
        }
    }

    private func inspecting(_ bundle: String, _ body: () async throws -> [BusValue]) async throws -> [BusValue] {
        do {
            return try await body()
        } catch BusError.refused(_, _, let message) {
            throw RaucError.installFailed(bundle: bundle, cause: .init(lastError: message), message: message)
        }
    }

    /// The daemon's properties.
    public func overview() async throws -> RaucOverview {
        let method = BusMethod(
            destination: name,
            path: Self.path,
            interface: "org.freedesktop.DBus.Properties",
            name: "GetAll"
        )
        let answer = try await bus.call(method, [.string(Self.interface)])
        guard let values = answer.first?.dictionary else { throw malformed("GetAll", answer) }
        func text(_ key: String) -> String? { values[key]?.text.flatMap { $0.isEmpty ? nil : $0 } }
        return RaucOverview(
            operation: text("Operation") ?? "",
            lastError: text("LastError") ?? "",
            compatible: text("Compatible") ?? "",
            bootSlot: text("BootSlot"),
            variant: text("Variant")
        )
    }

    func call(
        _ method: String,
        _ arguments: [BusValue] = [],
        timeLimit: Duration = BusConnection.standardTimeLimit
    ) async throws -> [BusValue] {
        do {
            return try await bus.call(self.method(method), arguments, timeLimit: timeLimit)
        } catch BusError.refused(_, _, let message) where message.contains("already processing a different method") {
            throw RaucError.busy
        }
    }

    func method(_ method: String) -> BusMethod {
        BusMethod(destination: name, path: Self.path, interface: Self.interface, name: method)
    }

    private func malformed(_ method: String, _ answer: [BusValue]) -> BusError {
        .malformed(method: method, signature: answer.map(\.signature).joined())
    }
}

extension RaucSlot {
    init(name: String, values: [String: BusValue]) {
        func text(_ key: String) -> String? { values[key]?.text }
        self.init(
            name: name,
            slotClass: text("class") ?? "",
            device: text("device") ?? "",
            bootName: text("bootname"),
            parent: text("parent"),
            state: text("state").flatMap(State.init(rawValue:)),
            isBootable: text("boot-status").flatMap { $0 == "good" ? true : $0 == "bad" ? false : nil },
            installStatus: text("status"),
            bundleVersion: text("bundle.version"),
            bundleCompatible: text("bundle.compatible"),
            bundleHash: text("bundle.hash"),
            installedAt: text("installed.timestamp"),
            activatedAt: text("activated.timestamp")
        )
    }
}

extension RaucBundle {
    init(_ values: [String: BusValue]) {
        let update = values["update"]?.dictionary ?? [:]
        let bundle = values["bundle"]?.dictionary ?? [:]
        let images = values["images"]?.elements ?? []
        self.init(
            compatible: update["compatible"]?.text ?? "",
            version: update["version"]?.text ?? "",
            format: bundle["format"]?.text,
            images: images.compactMap { image in
                guard let values = image.dictionary else { return nil }
                return Image(
                    slotClass: values["slot-class"]?.text ?? "",
                    fileName: values["filename"]?.text ?? "",
                    size: values["size"]?.integer ?? 0,
                    checksum: values["checksum"]?.text ?? ""
                )
            },
            manifestHash: values["manifest-hash"]?.text
        )
    }
}
