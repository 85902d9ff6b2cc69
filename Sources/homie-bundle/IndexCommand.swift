internal import ArgumentParser
internal import FoundationEssentials
internal import HomieBundle
internal import HomieCommand
internal import HomieConsole
internal import HomieModel

/// `homie-bundle index`
struct Index: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keeps the signed list of versions that devices are offered.",
        discussion: """
            Every change is signed anew, gets the next number and begins a new term: devices refuse an index that has
            expired, or is older than one they have seen. Publish it again, with 'renew', before its term ends.
            """,
        subcommands: [Show.self, Add.self, Withdraw.self, Rollout.self, Renew.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Verifies an index and shows what it offers.")

        @Argument var index: String
        @OptionGroup var keys: KeyOptions
        @OptionGroup var trust: TrustOptions
        @OptionGroup var shown: OutputOptions

        func run() async throws {
            let tools = Toolbox()
            let found = try await SignedIndex(tools: tools).read(index, keyring: try await trust.keyring(keys, tools))
            try found.show(shown)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Offers a bundle; begins the index when there is none.",
            discussion: """
                Example: homie-bundle index add index.signed homie-1.4.0.raucb --channel stable --rollout 10 \\
                             --notes 'Security fixes.'
                """
        )

        @Argument var index: String
        @Argument var bundle: String
        @Option(help: "Where devices fetch it: absolute, or relative to the index. [default: the bundle's file name]")
        var url: String?
        @Option(help: "A channel it is offered in; may be repeated.")
        var channel: [String] = ["stable"]
        @Option(help: "A delta to the bundle from an older version, beside it; may be repeated.")
        var delta: [String] = []
        @Option(help: "The share of devices that are offered it, in percent.")
        var rollout: Percentage = .all
        @Option(help: "The oldest version it may be installed over.")
        var minimum: SystemVersion?
        @Option(help: "What changed, for a person.")
        var notes: String?
        @OptionGroup var editing: Editing

        func run() async throws {
            let tools = Toolbox()
            let keyring = try await editing.trust.keyring(editing.keys, tools)
            let found = try await BundleReader(tools: tools).verify(bundle, keyring: keyring)
            let name = bundle.split(separator: "/").last.map(String.init) ?? bundle
            let reference = try await SignedIndex(tools: tools).reference(to: bundle, url: url ?? name)
            let deltas = try await references(to: reference, at: url ?? name, tools)
            try await editing.edit(index, tools, mayBegin: true) { releases, now in
                releases.add(
                    UpdateRelease(
                        version: found.version,
                        compatible: found.compatible,
                        channels: channel,
                        bundle: reference,
                        minimumVersion: minimum,
                        rollout: rollout,
                        published: now,
                        notes: notes,
                        deltas: deltas.isEmpty ? nil : deltas
                    )
                )
            }
        }

        /// The deltas, each of which has to lead to this bundle.
        private func references(
            to bundle: BundleReference,
            at address: String,
            _ tools: Toolbox
        ) async throws -> [DeltaReference] {
            let folder = address.lastIndex(of: "/").map { String(address[...$0]) } ?? ""
            var references: [DeltaReference] = []
            for path in delta {
                let plan = try await DeltaApplier(tools: tools).plan(path)
                guard plan.sha256 == bundle.sha256 else {
                    let reason = "it leads to another bundle of version \(plan.version)"
                    throw BundleError.notADelta(path: path, reason: reason)
                }
                let name = path.split(separator: "/").last.map(String.init) ?? path
                let file = try await SignedIndex(tools: tools).reference(to: path, url: folder + name)
                references.append(DeltaReference(from: plan.from, file: file))
            }
            return references
        }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a version back.")

        @Argument var index: String
        @Argument var version: SystemVersion
        @OptionGroup var editing: Editing

        func run() async throws {
            try await editing.edit(index, Toolbox()) { releases, _ in try releases.withdraw(version) }
        }
    }

    struct Rollout: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Offers a version to more or fewer devices.")

        @Argument var index: String
        @Argument var version: SystemVersion
        @Argument(help: "Percent.") var share: Percentage
        @OptionGroup var editing: Editing

        func run() async throws {
            try await editing.edit(index, Toolbox()) { releases, _ in try releases.roll(version, to: share) }
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begins a new term without any change.")

        @Argument var index: String
        @OptionGroup var editing: Editing

        func run() async throws { try await editing.edit(index, Toolbox()) { _, _ in } }
    }
}

/// What all changes of an index share.
struct Editing: ParsableArguments {
    @Option(help: "How many days devices may believe the index.")
    var validDays: Int = 30
    @OptionGroup var keys: KeyOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        if !(1...3650).contains(validDays) { throw ValidationError("--valid-days must be 1 to 3650") }
    }

    func edit(
        _ path: String,
        _ tools: Toolbox,
        mayBegin: Bool = false,
        change: (inout [UpdateRelease], Timestamp) throws -> Void
    ) async throws {
        let signed = SignedIndex(tools: tools)
        var previous: UpdateIndex?
        if !mayBegin || FileManager.default.fileExists(atPath: path) {
            previous = try await signed.read(path, keyring: try await trust.keyring(keys, tools))
        }
        let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
        let next = try UpdateIndex.next(after: previous, now: now, validity: .seconds(Double(validDays) * 86_400)) {
            try change(&$0, now)
        }
        try await signed.write(next, to: path, signer: try await keys.signer(tools))
        try next.show(shown)
    }
}

extension UpdateIndex {
    func show(_ options: OutputOptions) throws {
        let columns: [Column<UpdateRelease>] = [
            Column("VERSION") { Cell($0.version.text, .strong) },
            Column("COMPATIBLE") { Cell($0.compatible.text) },
            Column("CHANNELS") { Cell($0.channels.joined(separator: ",")) },
            Column("ROLLOUT", .right) { Cell("\($0.rollout.value) %") },
            Column("FROM") { Cell($0.minimumVersion?.text ?? "") },
            Column("SIZE", .right) { Cell("\(($0.bundle.size.bytes + 999_999) / 1_000_000) MB") },
            Column("NOTES") { Cell($0.notes ?? "") },
        ]
        let listing = Listing(self, rows: releases, columns: columns, nothing: "nothing is offered") { $0.version.text }
        let console = options.console
        if !options.isJSON {
            try console.output.print("number \(sequence), valid until \(expires.rfc3339)")
        }
        try console.output.print(listing, as: options.isJSON ? .json : .table)
    }
}
