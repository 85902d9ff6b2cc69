/// Where signatures of images and the keys to check them with come from.
public protocol SignatureSource: Sendable {
    /// The public keys that this device trusts, read anew.
    func keys() async -> ImageKeys
    /// Every signature that lies beside an image in its registry; empty when there is none.
    ///
    /// - Parameter image: `name@sha256:…`.
    /// - Throws: when the registry cannot be asked.
    func signatures(of image: String) async throws -> [SignatureEvidence]
}

/// The public keys of this device.
public struct ImageKeys: Sendable, Hashable {
    public struct Key: Sendable, Hashable {
        /// The file's name without `.pub`.
        public var name: String
        /// PEM (`BEGIN PUBLIC KEY`).
        public var text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// By name.
    public var keys: [Key]
    /// Files that cannot be used, each with its reason: `vendor.pub: is no P-256 public key`.
    public var problems: [String]

    public init(keys: [Key] = [], problems: [String] = []) {
        self.keys = keys
        self.problems = problems
    }
}

/// A signature as it was found; nothing of it is believed yet.
public struct SignatureEvidence: Sendable, Hashable {
    public enum Form: Sendable, Hashable {
        /// A payload that names the image
        /// (<https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>).
        case simpleSigning
        /// An in-toto statement in an envelope (<https://github.com/secure-systems-lab/dsse>), of this payload type.
        case envelope(type: String)
    }

    public var form: Form
    public var payload: [UInt8]
    /// ECDSA, in DER.
    public var signature: [UInt8]

    public init(form: Form, payload: [UInt8], signature: [UInt8]) {
        self.form = form
        self.payload = payload
        self.signature = signature
    }
}
