/// The command lines of `rauc` that make and read bundles (rauc(1)).
public enum RaucCommand: Sendable, Hashable {
    case bundle(content: String, output: String, signer: Signer, squashfs: SquashfsSettings)
    case resign(
        input: String,
        output: String,
        signer: Signer,
        configuration: String,
        keyring: String,
        signingKeyring: String
    )
    /// One JSON document about a bundle; with a nil configuration its signature is not looked at.
    case info(bundle: String, configuration: String?, isJSON: Bool)

    /// The words after `rauc`.
    public var arguments: [String] {
        switch self {
        case .bundle(let content, let output, let signer, let squashfs):
            ["bundle"] + signer.arguments + ["--mksquashfs-args=\(squashfs.text)", content, output]
        case .resign(let input, let output, let signer, let configuration, let keyring, let signingKeyring):
            ["--conf=\(configuration)", "--keyring=\(keyring)", "resign"] + signer.arguments
                + ["--signing-keyring=\(signingKeyring)"] + [input, output]
        case .info(let bundle, let configuration, let isJSON):
            (configuration.map { ["--conf=\($0)", "info"] } ?? ["info", "--no-verify"])
                + ["--output-format=\(isJSON ? "json" : "readable")", bundle]
        }
    }
}

/// Who signs: files in PEM, or `pkcs11:` addresses of a token (RFC 7512).
public struct Signer: Sendable, Hashable {
    public var certificate: String
    public var key: String
    /// Certificates between the signer's and the authority's.
    public var intermediates: [String]

    public init(certificate: String, key: String, intermediates: [String] = []) {
        self.certificate = certificate
        self.key = key
        self.intermediates = intermediates
    }

    var arguments: [String] {
        ["--cert=\(certificate)", "--key=\(key)"] + intermediates.map { "--intermediate=\($0)" }
    }

    var isOnToken: Bool { key.hasPrefix("pkcs11:") }
    /// Then RAUC reads it; the `openssl` that signs indexes does not.
    var hasCertificateOnToken: Bool { certificate.hasPrefix("pkcs11:") }
}

/// How the file system around the images is made.
public struct SquashfsSettings: Sendable, Hashable {
    /// As small as they can be: an adaptive install fetches whole ones.
    public var blockSize: Int
    /// Of what is told about the files. Their content, which is compressed already, is stored as it is, so that its blocks
    /// can be told from those that a device has.
    public var compression: String

    public init(blockSize: Int = 4096, compression: String = "zstd") {
        self.blockSize = blockSize
        self.compression = compression
    }

    var text: String { "-b \(blockSize) -comp \(compression) -noD -noF" }
}
