import Crypto
import FoundationEssentials
import HomieModel
import HomiePlanning

/// The digest of everything that goes into a container.
enum SpecDigest {
    private struct Input: Encodable {
        var service: ServiceDefinition
        var image: String
        var networks: [String: String]
        var volumes: [String: String]
        var files: [String: FileSource]
    }

    /// 32 hexadecimal digits: half a SHA-256 over sorted JSON. Keys that do not go into the container are left out, so
    /// that changing them re-creates nothing.
    static func digest(of service: ServiceDefinition, imageID: String, in stack: StackDefinition) -> String? {
        var input = Input(service: service, image: imageID, networks: [:], volumes: [:], files: [:])
        input.service.dependsOn = [:]
        input.service.replicas = 1
        input.service.restart = .never
        input.service.profiles = nil
        input.service.pullPolicy = nil
        input.service.build = nil
        input.service.image = nil
        input.service.deploy = nil
        input.service.homie = nil
        // A container either sees a certificate or it does not; which one, is renewed without it.
        if let tls = service.homie?["tls"], tls != .bool(false) { input.volumes[ServiceTLS.directory] = "" }
        for key in service.networks.keys { input.networks[key] = stack.networks[key]?.name }
        for mount in service.mounts where mount.kind == .volume {
            if let key = mount.source { input.volumes[key] = stack.volumes[key]?.name ?? key }
        }
        for grant in service.configs ?? [] { input.files["config/\(grant.source)"] = stack.configs[grant.source] }
        for grant in service.secrets ?? [] { input.files["secret/\(grant.source)"] = stack.secrets[grant.source] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(input) else { return nil }
        return SHA256.hash(data: data).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }
}
