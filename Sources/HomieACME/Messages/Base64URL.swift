internal import FoundationEssentials

/// Base64 for addresses, without padding (RFC 7515, appendix C).
enum Base64URL {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(Array(bytes)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
    }
}
