import HomieModel

/// Networks, volumes, configs and secrets as the model has them.
enum ResourceBuilder {
    static func network(_ network: JSONValue, _ key: String) -> NetworkDefinition {
        var definition = NetworkDefinition(name: network["name"]?.stringValue ?? key)
        definition.isExternal = network["external"]?.boolValue ?? false
        definition.driver = network["driver"]?.stringValue
        definition.driverOptions = network["driver_opts"]?.textPairs
        definition.isInternal = network["internal"]?.boolValue
        definition.isAttachable = network["attachable"]?.boolValue
        definition.enablesIPv6 = network["enable_ipv6"]?.boolValue
        definition.labels = network["labels"]?.textPairs
        let ipam = network["ipam"]
        definition.ipamDriver = ipam?["driver"]?.stringValue
        definition.ipamOptions = ipam?["options"]?.textPairs
        definition.ipamPools = ipam?["config"]?.arrayValue?.map { pool in
            var result = IPAMPool()
            result.subnet = pool["subnet"]?.stringValue
            result.gateway = pool["gateway"]?.stringValue
            result.ipRange = pool["ip_range"]?.stringValue
            result.auxiliaryAddresses = pool["aux_addresses"]?.textPairs
            return result
        }
        return definition
    }

    static func volume(_ volume: JSONValue, _ key: String) -> VolumeDefinition {
        var definition = VolumeDefinition(name: volume["name"]?.stringValue ?? key)
        definition.isExternal = volume["external"]?.boolValue ?? false
        definition.driver = volume["driver"]?.stringValue
        definition.driverOptions = volume["driver_opts"]?.textPairs
        definition.labels = volume["labels"]?.textPairs
        return definition
    }

    static func fileSource(_ resource: JSONValue, _ path: KeyPathText) throws(ComposeErrors) -> FileSource {
        if resource["external"]?.boolValue == true {
            return .external(resource["name"]?.stringValue ?? path.keys.last ?? "")
        }
        if let file = resource["file"]?.stringValue { return .file(file) }
        if let variable = resource["environment"]?.stringValue {
            guard let value = resource["content"]?.stringValue else {
                throw ComposeErrors(
                    ComposeIssue(
                        "the variable \(variable), which holds the content, is not set",
                        keyPath: path.text,
                        remedy: "set \(variable) in the environment or in the .env file"
                    )
                )
            }
            return .environment(name: variable, value: value)
        }
        return .content(resource["content"]?.stringValue ?? "")
    }
}
