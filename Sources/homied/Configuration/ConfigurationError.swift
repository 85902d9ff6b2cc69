import HomieModel

/// What is wrong with the daemon's configuration.
enum ConfigurationError: UserFacingError, Equatable {
    case unreadable(path: String)
    case notUTF8(path: String)
    case notAnAssignment(path: String, line: Int)
    case unknownSetting(path: String, line: Int, name: String)
    case repeated(path: String, line: Int, name: String)
    case badValue(setting: Setting, value: String, origin: String)

    var summary: String {
        switch self {
        case .unreadable(let path): "the configuration file '\(path)' cannot be read"
        case .notUTF8(let path): "the configuration file '\(path)' is not UTF-8 text"
        case .notAnAssignment(let path, let line): "\(path):\(line): this line is no 'name = value'"
        case .unknownSetting(let path, let line, let name): "\(path):\(line): there is no setting '\(name)'"
        case .repeated(let path, let line, let name): "\(path):\(line): '\(name)' was set before"
        case .badValue(let setting, let value, let origin): "\(origin): '\(value)' is no value for \(setting.rawValue)"
        }
    }

    var hint: String? {
        switch self {
        case .unreadable: "check that it exists and that homied's account may read it"
        case .notUTF8: "save it as UTF-8"
        case .notAnAssignment: "write one setting a line; comments begin with '#'"
        case .unknownSetting: "the settings are \(Setting.allCases.map(\.rawValue).joined(separator: ", "))"
        case .repeated: "keep one of the two lines"
        case .badValue(let setting, _, _): "\(setting.rawValue): \(setting.help)"
        }
    }

    var kind: ErrorKind { .usage }
}
