/// How a value of the normal form is read and written as JSON; the counterpart of the reference implementation's types.
indirect enum Shape: Sendable {
    /// Text; empty text is left out.
    case text
    /// A flag; false is left out.
    case flag
    /// A flag that is written when it is given.
    case givenFlag
    /// A whole number; zero is left out.
    case whole
    /// A whole number that is written when it is given.
    case givenWhole
    /// A whole number from zero on; zero is left out.
    case count
    /// A whole number from zero on that is written when it is given.
    case givenCount
    /// A number in single precision; zero is left out.
    case single
    /// An amount of bytes, written as text; zero is left out.
    case size
    /// A length of time, written as text; zero is left out.
    case duration
    /// A length of time that is written when it is given.
    case givenDuration
    /// `all` or a number of devices.
    case deviceCount
    /// A list of texts; an empty one is left out.
    case texts
    /// A text or a list of texts.
    case textOrTexts
    /// A list of texts and numbers, written as texts.
    case textsOfScalars
    /// A command: null when it is not given; a text is split into words.
    case command
    /// The test of a health check: a text is run by the shell.
    case test
    /// Variables; one without a value is null.
    case variables
    /// Pairs whose values are texts; `key` alone has an empty value.
    case pairs
    /// Pairs in a mapping only, with texts as values.
    case plainPairs
    /// `host=address` lines, sorted.
    case hosts
    /// Names of SSH keys.
    case sshKeys
    case ulimit
    case list(Shape)
    case map(Shape)
    /// A mapping with these fields.
    case object([Field])

    struct Field: Sendable {
        var key: String
        var shape: Shape
        /// True when an empty or absent value is written as well.
        var isAlways = false
        /// The name in JSON, when it is another one.
        var name: String?
    }

    /// A field that is written even when it is empty.
    static func always(_ key: String, _ shape: Shape, as name: String? = nil) -> Field {
        Field(key: key, shape: shape, isAlways: true, name: name)
    }

    static func fields(_ shape: Shape, _ keys: String...) -> [Field] { keys.map { Field(key: $0, shape: shape) } }
    static func field(_ key: String, _ shape: Shape) -> Field { Field(key: key, shape: shape) }
}
