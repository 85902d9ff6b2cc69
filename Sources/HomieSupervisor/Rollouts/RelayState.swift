import HomieModel
import HomiePlanning

/// What is known of the relays of published ports.
struct RelayState {
    /// Whether there can be any.
    var ability = Relaying.impossible("nothing here can lead its connections elsewhere")
    /// Those that were set last; nil before the first time, and when what is in place is not known.
    var applied: [PortRelay]?
    /// Rules of an earlier process, or of this one, may be there.
    var mayBeLeft = true
    /// They are being set.
    var isSetting = false
    /// The ports of what changes hands are being watched.
    var isWatching = false
}
