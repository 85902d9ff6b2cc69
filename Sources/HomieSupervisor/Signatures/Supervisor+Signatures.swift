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

    /// Keeps what belongs to these images, and what was seen just now: a deployment that was refused is planned anew.
    mutating func forget(otherThan images: Set<String>, now: Timestamp) {
        let day = TimeSpan.seconds(86_400)
        records = records.filter { images.contains($0.value.image) || now - $0.value.checkedAt < day }
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
        signatures.forget(otherThan: Set(used), now: clocks.wall())
    }

    /// One that was judged before it was fetched gets its name in the engine.
    func noteImage(_ imageID: String?, of image: String, _ judge: SignatureJudge) {
        guard let imageID, var record = signatures[image, judge.fingerprint], record.imageID != imageID else { return }
        record.imageID = imageID
        signatures.put(record)
        later([.putSignature(record)])
    }

    @discardableResult
    func judgeSignature(
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
        return Self.namesInRegistry(try await localDigests(of: service, in: name), in: reference)
    }

    static func namesInRegistry(_ digests: [String], in reference: String) -> [String] {
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
}
