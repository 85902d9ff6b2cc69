import Foundation
import HomieTestSupport

/// A certificate authority and a signer under it, made for a test.
struct SigningParty {
    let authority: String
    let certificate: String
    let key: String

    init(name: String, in directory: URL) throws {
        func path(_ file: String) -> String { directory.appendingPathComponent("\(name)-\(file)").path }
        authority = path("ca.pem")
        certificate = path("cert.pem")
        key = path("key.pem")
        try Command.run(
            "openssl",
            with: TestAuthority.arguments(name: name, key: path("ca-key.pem"), certificate: authority)
        )
        try Command.run(
            "openssl",
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/O=Test/CN=\(name) signer",
            "-keyout",
            key,
            "-out",
            path("request.pem")
        )
        let extensions = directory.appendingPathComponent("\(name)-leaf.cnf")
        let text = """
            [leaf]
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=codeSigning
            subjectKeyIdentifier=hash
            authorityKeyIdentifier=keyid:always
            """
        try Data((text + "\n").utf8).write(to: extensions)
        try Command.run(
            "openssl",
            "x509",
            "-req",
            "-in",
            path("request.pem"),
            "-CA",
            authority,
            "-CAkey",
            path("ca-key.pem"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            extensions.path,
            "-extensions",
            "leaf",
            "-out",
            certificate
        )
    }
}
