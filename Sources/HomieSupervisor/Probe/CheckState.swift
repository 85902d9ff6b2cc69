import HomieModel
import HomiePlanning

/// What is known of Homie's own check of one container.
struct CheckState {
    var instance: Instance
    var stack: StackName
    /// Which run of the container it is of.
    var startedAt: Timestamp?
    /// Rises with every run: the loop of an earlier one ends.
    var generation: Int
    /// What is checked, as this revision says.
    var probe: ProbeDefinition
    var revision: Int
    var history: CheckHistory
    var latest: ProbeOutcome?
    var latestAt: Timestamp?
    /// When the certificate that the service showed last expires.
    var certificateExpires: Timestamp?
    /// What the last failure was, kept until the container is healthy again.
    var failure: String?
}
