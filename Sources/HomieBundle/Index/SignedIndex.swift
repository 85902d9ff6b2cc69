internal import FoundationEssentials
public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The update index as a server publishes it: one file, the document with its signature around it (CMS, RFC 5652), so
/// that nobody ever sees a new document with an old signature.
public struct SignedIndex: Sendable {
    /// Far more than an index of thousands of releases.
    public static let sizeLimit = ByteCount(bytes: 8_000_000)

    private let tools: Toolbox

    public init(tools: Toolbox = Toolbox()) { self.tools = tools }

    /// Reads an index whose signer leads to one of the authorities in `keyring`. Whether it has expired, the planner
    /// says.
    ///
    /// - Throws: ``BundleError/untrusted(path:reason:)`` or ``BundleError/badIndex(path:reason:)``.
    public func read(_ path: String, keyring: String) async throws -> UpdateIndex {
        _ = try FileFacts.size(of: path)
        let scratch = try ScratchDirectory(in: FileManager.default.temporaryDirectory.path)
        let document = scratch.file("index.json")
        do {
            try await tools.run(.verify(signed: path, authorities: keyring, output: document), to: "verify '\(path)'")
        } catch BundleError.toolFailed(_, _, let reason) {
            throw BundleError.untrusted(path: path, reason: reason)
        }
        guard let data = FileManager.default.contents(atPath: document) else {
            throw BundleError.badIndex(path: path, reason: "it is empty")
        }
        do {
            return try JSONDecoder().decode(UpdateIndex.self, from: data)
        } catch let error as any UserFacingError {
            throw BundleError.badIndex(path: path, reason: error.summary)
        } catch {
            throw BundleError.badIndex(path: path, reason: "its JSON has another shape")
        }
    }

    /// Signs an index; the file is there as a whole, or stays as it was.
    ///
    /// - Throws: ``BundleError``.
    public func write(_ index: UpdateIndex, to path: String, signer: Signer) async throws {
        if signer.hasCertificateOnToken { throw BundleError.certificateOnToken(signer.certificate) }
        let scratch = try ScratchDirectory(in: directory(of: path))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let document = try scratch.write(
            String(decoding: try encoder.encode(index), as: UTF8.self) + "\n",
            to: "index.json"
        )
        let signed = scratch.file("index")
        try await tools.run(.sign(document: document, output: signed, signer: signer), to: "sign '\(path)'")
        guard rename(signed, path) == 0 else { throw BundleError.file(path: path, reason: "it cannot be put there") }
    }

    /// Describes a bundle as an index does.
    ///
    /// - Throws: ``BundleError``.
    public func reference(to bundle: String, url: String) async throws -> BundleReference {
        BundleReference(
            url: url,
            size: ByteCount(bytes: try FileFacts.size(of: bundle)),
            sha256: try await tools.digest(of: bundle)
        )
    }
}
