/// A program that a health check ran in an image with success: it is there, and it works.
struct ProvenCheck: Hashable {
    var imageID: String
    var program: String

    /// More than a device has.
    static let capacity = 1000
}
