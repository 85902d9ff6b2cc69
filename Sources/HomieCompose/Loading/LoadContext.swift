/// The files one project reads: content, limits and warnings.
final class LoadContext {
    let files: any ComposeFileSystem
    let options: ComposeOptions
    let warnings = WarningList()
    let ports = PortBudget()
    private var count = 0
    /// What was parsed: a project's name is looked for before its files are laid over each other.
    private var parsed: [String: [YAMLDocument]] = [:]

    init(files: any ComposeFileSystem, options: ComposeOptions) {
        self.files = files
        self.options = options
    }

    /// The content of a file; nil when there is none.
    func content(of path: String) throws(ComposeErrors) -> [UInt8]? {
        try countOne()
        if let content = options.contents[path] { return content }
        do {
            return try files.read(path)
        } catch {
            let mark = SourceMark(file: path, line: 0, column: 0)
            throw ComposeErrors(ComposeIssue("the file cannot be read: \(error)", at: mark))
        }
    }

    private func countOne() throws(ComposeErrors) {
        count += 1
        guard count <= YAMLLimits.files else {
            throw ComposeErrors("the project reads more than \(YAMLLimits.files) files")
        }
    }

    /// The documents of a Compose file.
    func documents(of path: String, referredBy node: ComposeNode? = nil) throws(ComposeErrors) -> [YAMLDocument] {
        if let known = parsed[path] {
            try countOne()
            return known
        }
        guard let content = try content(of: path) else {
            let sentence = files.isDirectory(path) ? "'\(path)' is a directory" : "the file '\(path)' is not there"
            throw ComposeErrors(sentence, at: node, remedy: "check the path")
        }
        let documents = try YAMLReader.documents(in: content, file: path)
        parsed[path] = documents
        return documents
    }

    /// The variables of files, later ones winning; what is in `environment` wins inside references.
    func variables(
        in paths: [String],
        environment: [String: String]
    ) throws(ComposeErrors) -> [String: String] {
        var variables: [String: String] = [:]
        for path in paths {
            guard !files.isDirectory(path) else {
                throw ComposeErrors("'\(path)' is a directory, not a file of variables")
            }
            guard let content = try content(of: path) else {
                throw ComposeErrors("the file of variables '\(path)' is not there", remedy: "check the path")
            }
            let known = variables
            let read = try EnvFileParser.parse(content, file: path) { environment[$0] ?? known[$0] }
            variables.merge(read) { _, new in new }
        }
        return variables
    }
}
