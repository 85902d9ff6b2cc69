/// What a YAML file may cost. The limits are far beyond any Compose file a person writes.
enum YAMLLimits {
    /// Bytes of one file.
    static let size = 8 << 20
    /// Levels of mappings and lists in each other.
    static let depth = 100
    /// Values of one file after its aliases were expanded.
    static let values = 250_000
    /// Values of a project after services were extended and files laid over each other.
    static let projectValues = 500_000
    /// Ports of a project after ranges were written out.
    static let ports = 200_000
    /// Services that extend each other in a row, and files that include each other.
    static let chain = 50
    /// Issues that are reported.
    static let issues = 50
    /// Aliases in a file that also has keys which are not plain text.
    static let aliasesBesideComplexKeys = 8
    /// Files that one project reads.
    static let files = 500
}
