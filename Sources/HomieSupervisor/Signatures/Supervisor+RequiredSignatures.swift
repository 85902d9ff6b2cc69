import HomieModel
import HomiePlanning

/// What is known of the signature of an image that must have one, before any registry is asked.
enum SignatureOutlook {
    /// Known to be signed by a key that counts.
    case holds(name: String)
    /// Whatever a registry says; why, as a clause about the image.
    case refused(String)
    /// To be judged under these names, none of which is known to be signed; empty while only the registry knows its digest.
    case open([String])
}

/// Deployments of images that must be signed.
extension Supervisor {
    /// Refuses a deployment with an image that nobody signed where a signature is required. What must be fetched first is judged
    /// by what its registry says of it now, so that nothing is fetched in vain.
    ///
    /// - Throws: ``SupervisorError/notSigned(_:_:reason:underlying:)``
    func requireSignatures(for draft: StackState) async throws {
        for (name, service) in draft.revision.definition.services.sorted(by: { $0.key < $1.key }) {
            try await requireSignature(of: name, service, image: Self.knownImage(of: name, draft))
        }
    }

    /// What a service is to run; nil when its registry has it.
    private static func knownImage(of name: ServiceName, _ draft: StackState) -> ObservedImage? {
        draft.revision.images[name].flatMap { draft.refetches.contains(name) ? nil : draft.images[$0] }
    }

    /// - Parameter image: the one that is to run; nil: the one that the registry has.
    /// - Throws: ``SupervisorError/notSigned(_:_:reason:underlying:)``
    func requireSignature(of name: ServiceName, _ service: ServiceDefinition, image: ObservedImage?) async throws {
        let rules = service.signatureRules
        guard rules.mode == .required else { return }
        func refusal(_ reason: String, _ error: (any Error)? = nil) -> SupervisorError {
            .notSigned(service.image ?? "", name, reason: reason, underlying: error)
        }
        var names: [String]
        let judge = await judge(for: rules)
        switch signatureOutlook(of: service, image: image, judge) {
        case .holds(let name): return noteImage(image?.id, of: name, judge)
        case .refused(let reason): throw refusal(reason)
        case .open(let known): names = known
        }
        guard let source = signatureSource, let reference = service.image else { return }
        if names.isEmpty {
            do {
                let digest = try await registry?.digest(of: reference)
                names = digest.map { ["\(RepositoryName(of: reference).text)@\($0)"] } ?? []
            } catch {
                throw refusal("cannot be checked: its registry does not say which image it is", error)
            }
        }
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

    /// With the keys as they are now.
    private func judge(for rules: SignatureRules) async -> SignatureJudge {
        if let signatureSource { signatures.keys = await signatureSource.keys() }
        return SignatureJudge(signatures.keys, for: rules)
    }

    private func signatureOutlook(
        of service: ServiceDefinition,
        image: ObservedImage?,
        _ judge: SignatureJudge
    ) -> SignatureOutlook {
        guard let reference = service.image, service.build == nil else { return .refused("is built on this device") }
        guard signatureSource != nil else { return .refused("cannot be checked: nobody looks for signatures here") }
        guard !judge.fingerprint.isEmpty else {
            let key = service.signatureRules.key
            return .refused("cannot be checked: there is no key" + (key.map { " '\($0.prefix(40))'" } ?? ""))
        }
        var names: [String] = []
        if let image {
            names = Self.namesInRegistry(image.repositoryDigests, in: reference)
            guard !names.isEmpty else { return .refused("is not from the registry that its name says") }
        } else if let digest = reference.split(separator: "@").dropFirst().first {
            names = ["\(RepositoryName(of: reference).text)@\(digest)"]
        } else if registry == nil {
            return .refused("cannot be checked: registries are not asked here")
        }
        let signed = names.first { signatures[$0, judge.fingerprint]?.state == .verified }
        return signed.map { .holds(name: $0) } ?? .open(names)
    }

    // MARK: plans

    /// What a plan says of images that must be signed, by what is known already: those that would be refused, and those that
    /// only their registries know about. Nobody is asked.
    func signatureChanges(for draft: StackState) async -> [PlannedChange] {
        var changes: [PlannedChange] = []
        for (name, service) in draft.revision.definition.services.sorted(by: { $0.key < $1.key }) {
            guard service.signatureRules.mode == .required else { continue }
            let judge = await judge(for: service.signatureRules)
            let reference = Self.reference(of: service, name, in: draft.record.name)
            func change(_ action: String, _ reason: String) {
                changes.append(PlannedChange(action: action, object: "image", name: reference, reason: reason))
            }
            switch signatureOutlook(of: service, image: Self.knownImage(of: name, draft), judge) {
            case .holds: continue
            case .refused(let reason): change("refuse", "'\(name)' must run a signed image, but it \(reason)")
            case .open(let names):
                let records = names.compactMap { signatures[$0, judge.fingerprint] }
                // A deployment tells what the last of its names is.
                guard records.count == names.count, let known = records.last else {
                    change("check", "'\(name)' must run a signed image: its registry is asked before it is deployed")
                    continue
                }
                let seen = "when its registry was asked on \(known.checkedAt.rfc3339.prefix(19))Z"
                change("refuse", "'\(name)' must run a signed image, but it \(known.clause), \(seen)")
            }
        }
        return changes
    }
}
