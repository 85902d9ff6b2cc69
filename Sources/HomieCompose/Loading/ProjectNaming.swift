import HomieModel

/// Finds the name of a project.
struct ProjectNaming {
    let context: LoadContext
    let directory: String

    func name(environment: [String: String]) throws(ComposeErrors) -> StackName {
        let options = context.options
        if let given = options.projectName ?? environment["COMPOSE_PROJECT_NAME"], !given.isEmpty {
            return try parse(given, remedy: "give another name with --project-name")
        }
        var written: ComposeNode?
        for file in options.files {
            for document in try context.documents(of: file) {
                if let name = document.root["name"], name.string?.isEmpty == false { written = name }
            }
        }
        guard let written, let text = written.string else {
            return try parse(
                Self.normalised(UnixPath.lastComponent(of: directory)),
                remedy: "give a name with --project-name"
            )
        }
        let filled =
            options.interpolates
            ? try Interpolator(environment: environment, warnings: context.warnings)
                .fill(text, at: written, KeyPathText(["name"])) : text
        return try parse(Self.normalised(filled), at: written, remedy: "change 'name'")
    }

    private func parse(_ text: String, at node: ComposeNode? = nil, remedy: String) throws(ComposeErrors) -> StackName {
        do {
            return try StackName(parsing: text)
        } catch {
            throw ComposeErrors(
                "\(error.summary): lower-case letters, digits, '-' and '_', starting with a letter or digit",
                at: node,
                remedy: remedy
            )
        }
    }

    /// Lower-case letters, digits, `-` and `_` of `text`, from the first letter or digit on.
    static func normalised(_ text: String) -> String {
        let allowed = text.lowercased().unicodeScalars.filter {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
        return String(String.UnicodeScalarView(allowed.drop { $0 == "_" || $0 == "-" }))
    }
}
