/// The name of a job on this device: of its stack and within it, written `shop/nightly`.
public struct JobName: ParsedText {
    public let stack: StackName
    /// Within the stack; made like a service's name.
    public let job: ServiceName

    public init(_ stack: StackName, _ job: ServiceName) {
        self.stack = stack
        self.job = job
    }

    /// - Throws: ``NameError`` when `text` is not `STACK/JOB`.
    public init(parsing text: String) throws(NameError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw NameError.stack(text) }
        stack = try StackName(parsing: parts[0])
        job = try ServiceName(parsing: parts[1])
    }

    public var text: String { "\(stack)/\(job)" }
}
