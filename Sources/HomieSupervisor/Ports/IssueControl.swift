public import HomieModel

/// What the API asks about health and issues.
public protocol IssueControl: Sendable {
    /// The open issues, errors first.
    func issues() async -> [DeviceIssue]
    /// How many issues of each severity were open when the device was looked at last; nothing is looked at for it.
    func openIssues() async -> [DeviceIssue.Severity: Int]
    /// Does what an issue's remedy says.
    ///
    /// - Throws: ``SupervisorError/noIssue(_:)``, ``SupervisorError/remedyByHand(_:)``, and what doing it throws.
    func fix(_ issue: String) async throws -> FixReport
    /// How services do, by Homie's own checks and the engine's.
    func health(of stack: StackName?) async -> [ServiceHealth]
}
