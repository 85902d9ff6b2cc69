public import HomieModel

extension ComposeProject {
    /// The stack this project describes, complete and typed. Paths should have been made absolute.
    ///
    /// - Throws: ``ComposeErrors`` for what the Compose file allows and no engine can do, with the key path.
    public func definition() throws(ComposeErrors) -> StackDefinition {
        guard !isRaw else {
            throw ComposeErrors("a project whose variables are not filled in cannot be run")
        }
        var stack = StackDefinition(name: name)
        var issues: [ComposeIssue] = []
        for (key, service) in sorted(model["services"]) {
            do throws(ComposeErrors) {
                let path = KeyPathText(["services", key])
                stack.services[try serviceName(key, path)] = try ServiceDefinitionBuilder(service, path).build()
            } catch {
                issues += error.issues
            }
        }
        for (key, network) in sorted(model["networks"]) { stack.networks[key] = ResourceBuilder.network(network, key) }
        for (key, volume) in sorted(model["volumes"]) { stack.volumes[key] = ResourceBuilder.volume(volume, key) }
        for section in ["configs", "secrets"] {
            for (key, resource) in sorted(model[section]) {
                do throws(ComposeErrors) {
                    let source = try ResourceBuilder.fileSource(resource, KeyPathText([section, key]))
                    if section == "configs" { stack.configs[key] = source } else { stack.secrets[key] = source }
                } catch {
                    issues += error.issues
                }
            }
        }
        stack.homie = model["x-homie"]
        guard issues.isEmpty else { throw ComposeErrors(issues) }
        return stack
    }

    private func sorted(_ section: JSONValue?) -> [(String, JSONValue)] {
        (section?.objectValue ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A service name that may not be one.
func serviceName(_ text: String, _ path: KeyPathText) throws(ComposeErrors) -> ServiceName {
    do {
        return try ServiceName(parsing: text)
    } catch {
        throw ComposeErrors(ComposeIssue(error.summary, keyPath: path.text, remedy: error.hint))
    }
}

extension JSONValue {
    /// The texts of a list, or nil when there is none.
    var texts: [String]? { arrayValue?.map { $0.stringValue ?? "" } }

    /// A mapping of texts; nil when there is none or it is empty.
    var textPairs: [String: String]? {
        guard let members = objectValue, !members.isEmpty else { return nil }
        return members.compactMapValues(\.stringValue)
    }

    /// An amount of bytes, written as text.
    var byteCount: ByteCount? {
        stringValue.flatMap { Int64($0) }.map { ByteCount(bytes: $0) }
    }

    var timeSpan: TimeSpan? { stringValue.flatMap { DurationText.parse($0) } }

    var numberValue: Double? {
        switch self {
        case .integer(let whole): Double(whole)
        case .number(let real): real
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
