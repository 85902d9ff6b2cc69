import HomieModel

/// Digests of services that were worked out before: of fifty services one changes, and each digest takes a tenth of a
/// millisecond.
struct SpecDigestCache {
    private struct Entry {
        var service: ServiceDefinition
        var imageID: String
        var digest: String?
    }

    private var entries: [ServiceName: Entry] = [:]
    /// The stack they are of, without its services.
    private var stack: StackDefinition?

    /// What ``SpecDigest/digest(of:imageID:in:)`` gives.
    mutating func digest(of name: ServiceName, imageID: String, in definition: StackDefinition) -> String? {
        guard let service = definition.services[name] else { return nil }
        if !isOf(definition) {
            entries = [:]
            stack = definition
            stack?.services = [:]
        }
        if let known = entries[name], known.imageID == imageID, known.service == service { return known.digest }
        let digest = SpecDigest.digest(of: service, imageID: imageID, in: definition)
        entries[name] = Entry(service: service, imageID: imageID, digest: digest)
        return digest
    }

    private func isOf(_ definition: StackDefinition) -> Bool {
        guard let stack else { return false }
        return stack.name == definition.name && stack.networks == definition.networks
            && stack.volumes == definition.volumes && stack.configs == definition.configs
            && stack.secrets == definition.secrets
    }
}
