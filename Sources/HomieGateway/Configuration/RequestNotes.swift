/// The part of the configuration that notes the requests of measured routes in a ring in HAProxy's memory, which the
/// runtime API reads: no file, no socket, and no cost for routes that are not measured.
enum RequestNotes {
    static let ringName = "requests"

    static let ring = [
        "", "ring \(ringName)", "    description \"requests of measured routes\"", "    format raw", "    maxlen 256",
        "    size 2097152",
    ]

    /// Request number, backend, server, status, milliseconds until the answer began (Configuration Manual, 8.2.6).
    static let lines = [
        "log ring@\(ringName) len 256 local0", "log-format \"%rt %b %s %ST %Tr\"",
    ]

    static let silence = ["http-request set-log-level silent"]
    static let choice = ["http-request set-log-level info if { var(txn.flags) -m sub m }"]
}
