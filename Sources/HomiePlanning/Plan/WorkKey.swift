public import HomieModel

/// A piece of a stack on which one chain of steps works at a time.
public enum WorkKey: Sendable, Hashable {
    /// Networks and volumes.
    case resources
    case image(ServiceName)
    case instance(Instance)
    /// A container that goes, by ID.
    case departure(String)
    /// What is left to tidy up around a container that serves already, by ID: a deployment need not wait for it.
    case tidying(String)

    var isTidying: Bool {
        if case .tidying = self { true } else { false }
    }
}
