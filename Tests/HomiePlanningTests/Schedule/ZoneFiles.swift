import Foundation
import HomiePlanning

/// The zone files of Debian's tzdata.
enum ZoneFiles {
    static let folder = "/usr/share/zoneinfo/"
    /// Northern, southern, half-hour, negative and no daylight saving; a skipped day; a shift of the standard time.
    static let telling = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kathmandu", "Pacific/Apia",
        "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "America/St_Johns", "Antarctica/Troll", "UTC",
        "Pacific/Chatham", "America/Nuuk", "Africa/Cairo", "Asia/Gaza",
    ]

    static func rules(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules(file: [UInt8](Data(contentsOf: URL(filePath: folder + name))), name: name)
    }
}
