import HomieModel
import HomiePlanning
import Logging

/// What the loop knows of the signatures of images.
struct SignatureBook {
    /// By image and the keys it was judged by.
    private var records: [String: ImageSignature] = [:]
    /// The uptime at which a registry did not answer for an image, by the same names.
    private var silences: [String: TimeSpan] = [:]
    var keys = ImageKeys()

    private static func name(_ image: String, _ keys: String) -> String { "\(image) \(keys)" }

    subscript(image: String, keys: String) -> ImageSignature? { records[Self.name(image, keys)] }

    /// What is known of an image by its name in the engine, whatever it is called in registries.
    func records(of imageID: String, by keys: String) -> [ImageSignature] {
        records.values.filter { $0.imageID == imageID && $0.keys == keys }.sorted { $0.image < $1.image }
    }

    mutating func put(_ record: ImageSignature) {
        let name = Self.name(record.image, record.keys)
        records[name] = record
        silences[name] = nil
    }

    mutating func noteSilence(_ image: String, _ keys: String, at uptime: TimeSpan) {
        silences[Self.name(image, keys)] = uptime
    }

    /// Keeps what belongs to these images.
    mutating func forget(otherThan images: Set<String>) {
        records = records.filter { images.contains($0.value.image) }
        silences = silences.filter { silence in images.contains { silence.key.hasPrefix("\($0) ") } }
    }

    /// A signature that holds goes on holding; one that is missing may be made later.
    func isDue(_ image: String, _ keys: String, now: Timestamp, uptime: TimeSpan, interval: TimeSpan) -> Bool {
        if let silent = silences[Self.name(image, keys)],
            uptime.nanoseconds - silent.nanoseconds < Self.patience(interval)
        {
            return false
        }
        guard let record = self[image, keys] else { return true }
        guard record.state != .verified else { return false }
        let age = now - record.checkedAt
        return age >= interval || age.nanoseconds < 0
    }

    /// How long a registry that does not answer is left alone.
    private static func patience(_ interval: TimeSpan) -> Int64 { min(interval.nanoseconds, 1_800_000_000_000) }
}

extension Supervisor {
    /// Lets signatures of images be looked for.
    public func check(signaturesWith source: any SignatureSource) { signatureSource = source }

    /// Looks for the signature of a service's image when that is due.
    func lookAtSignature(of service: ServiceName, in name: StackName) async {
        guard let source = signatureSource, let state = stacks[name], !state.record.isLeaving,
            let definition = state.revision.definition.services[service], definition.build == nil
        else { return }
        let rules = definition.signatureRules
        guard rules.mode != .off, let images = try? await signedNames(of: service, definition, in: name) else { return }
        let judge = SignatureJudge(signatures.keys, for: rules)
        let imageID = state.revision.images[service]
        for image in images {
            noteImage(imageID, of: image, judge)
            let isDue = signatures.isDue(
                image,
                judge.fingerprint,
                now: clocks.wall(),
                uptime: clocks.uptime(),
                interval: settings.imageCheckInterval
            )
            guard isDue else { continue }
            do {
                try await judgeSignature(of: image, imageID, judge, source)
            } catch {
                signatures.noteSilence(image, judge.fingerprint, at: clocks.uptime())
                logger.debug("a registry was not asked", metadata: ["image": "\(image)", "error": "\(error)"])
            }
        }
    }

    /// Reads the device's keys anew, and lets go what belongs to images that nobody uses any more.
    func tidySignatures() async {
        guard let source = signatureSource else { return }
        signatures.keys = await source.keys()
        let used = stacks.values.flatMap { $0.imageDigests.values.flatMap(\.digests) }
        // After a start little is known yet of what is used.
        guard stacks.values.allSatisfy({ $0.imageDigests.count >= Set($0.revision.images.values).count }) else {
            return
        }
        signatures.forget(otherThan: Set(used))
    }

    /// One that was judged before it was fetched gets its name in the engine.
    private func noteImage(_ imageID: String?, of image: String, _ judge: SignatureJudge) {
        guard let imageID, var record = signatures[image, judge.fingerprint], record.imageID != imageID else { return }
        record.imageID = imageID
        signatures.put(record)
        later([.putSignature(record)])
    }

    @discardableResult
    private func judgeSignature(
        of image: String,
        _ imageID: String?,
        _ judge: SignatureJudge,
        _ source: any SignatureSource
    ) async throws -> ImageSignature {
        var record = judge.judge(image, try await source.signatures(of: image), at: clocks.wall())
        record.imageID = imageID
        signatures.put(record)
        later([.putSignature(record)])
        return record
    }

    /// `name@sha256:…` of a service's image in the registry that its file names; empty for what was made here.
    private func signedNames(
        of service: ServiceName,
        _ definition: ServiceDefinition,
        in name: StackName
    ) async throws -> [String] {
        guard let reference = definition.image else { return [] }
        return Self.names(try await localDigests(of: service, in: name), in: reference)
    }

    private static func names(_ digests: [String], in reference: String) -> [String] {
        digests.filter { RepositoryName(of: $0) == RepositoryName(of: reference) }.sorted()
    }

    /// What is known of the signature of a service's image; nil while nothing is.
    func signature(of service: ServiceName, _ definition: ServiceDefinition, _ state: StackState) -> ImageSignature? {
        guard let reference = definition.image, definition.build == nil, let id = state.revision.images[service] else {
            return nil
        }
        let keys = SignatureJudge(signatures.keys, for: definition.signatureRules).fingerprint
        let known = signatures.records(of: id, by: keys)
            .filter { RepositoryName(of: $0.image) == RepositoryName(of: reference) }
        return known.first { $0.state == .verified } ?? known.first { $0.state == .invalid } ?? known.first
    }

    // MARK: deployments

    /// Refuses a deployment with an image that nobody signed where a signature is required. What must be fetched first is judged
    /// by what its registry says of it now, so that nothing is fetched in vain.
    ///
    /// - Throws: ``SupervisorError/notSigned(_:_:reason:underlying:)``
    func requireSignatures(for draft: StackState) async throws {
        for (name, service) in draft.revision.definition.services.sorted(by: { $0.key < $1.key }) {
            guard service.signatureRules.mode == .required else { continue }
            let image = draft.revision.images[name].flatMap { draft.refetches.contains(name) ? nil : draft.images[$0] }
            try await requireSignature(of: name, service, image: image)
        }
    }

    /// - Parameter image: the one that is to run; nil: the one that the registry has.
    /// - Throws: ``SupervisorError/notSigned(_:_:reason:underlying:)``
    func requireSignature(of name: ServiceName, _ service: ServiceDefinition, image: ObservedImage?) async throws {
        let rules = service.signatureRules
        guard rules.mode == .required else { return }
        func refusal(_ reason: String, _ error: (any Error)? = nil) -> SupervisorError {
            .notSigned(service.image ?? "", name, reason: reason, underlying: error)
        }
        guard let reference = service.image, service.build == nil else { throw refusal("is built on this device") }
        guard let source = signatureSource else { throw refusal("cannot be checked: nobody looks for signatures here") }
        signatures.keys = await source.keys()
        let judge = SignatureJudge(signatures.keys, for: rules)
        guard !judge.fingerprint.isEmpty else {
            throw refusal(
                rules.key.map { "cannot be checked: there is no key '\($0.prefix(40))'" }
                    ?? "cannot be checked: there is no key"
            )
        }
        let names: [String]
        if let image {
            names = Self.names(image.repositoryDigests, in: reference)
        } else if let digest = reference.split(separator: "@").dropFirst().first {
            names = ["\(RepositoryName(of: reference).text)@\(digest)"]
        } else {
            guard let registry else { throw refusal("cannot be checked: registries are not asked here") }
            do {
                names = ["\(RepositoryName(of: reference).text)@\(try await registry.digest(of: reference))"]
            } catch {
                throw refusal("cannot be checked: its registry does not say which image it is", error)
            }
        }
        guard !names.isEmpty else { throw refusal("is not from the registry that its name says") }
        var worst: ImageSignature?
        for name in names {
            if signatures[name, judge.fingerprint]?.state == .verified {
                noteImage(image?.id, of: name, judge)
                return
            }
            do {
                let record = try await judgeSignature(of: name, image?.id, judge, source)
                if record.state == .verified { return }
                worst = record
            } catch {
                throw refusal("cannot be checked: its registry does not answer", error)
            }
        }
        throw refusal(worst?.clause ?? "is not signed")
    }
}
