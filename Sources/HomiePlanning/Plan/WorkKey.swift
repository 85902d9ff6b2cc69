public import HomieModel

/// A piece of a stack on which one chain of steps works at a time.
public enum WorkKey: Sendable, Hashable {
    /// Networks and volumes of a stack that stays.
    case resources
    /// A network of a stack that goes, by its name in the engine.
    case network(String)
    /// A volume of a stack that goes, by its name in the engine.
    case volume(String)
    case image(ServiceName)
    case instance(Instance)
    /// A container that goes, by ID.
    case departure(String)
    /// What is left to tidy up around a container that serves already, by ID: a deployment need not wait for it.
    case tidying(String)

    /// A network or volume that goes.
    var isLeavingResource: Bool {
        switch self {
        case .network, .volume: true
        case .resources, .image, .instance, .departure, .tidying: false
        }
    }

    var isTidying: Bool {
        if case .tidying = self { true } else { false }
    }
}
