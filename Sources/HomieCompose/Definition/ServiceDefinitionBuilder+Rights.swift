import HomieModel

extension ServiceDefinitionBuilder {
    // MARK: What it may

    func addRights(to definition: inout ServiceDefinition) {
        definition.isPrivileged = service["privileged"]?.boolValue
        definition.isReadOnly = service["read_only"]?.boolValue
        definition.addedCapabilities = service["cap_add"]?.texts
        definition.droppedCapabilities = service["cap_drop"]?.texts
        definition.securityOptions = service["security_opt"]?.texts
        definition.devices = service["devices"]?.arrayValue?.map { device in
            let source = device["source"]?.stringValue ?? ""
            return DeviceMapping(
                source: source,
                target: device["target"]?.stringValue ?? source,
                permissions: device["permissions"]?.stringValue ?? "rwm"
            )
        }
        definition.deviceCgroupRules = service["device_cgroup_rules"]?.texts
        let reserved = service["deploy"]?["resources"]?["reservations"]?["devices"]?.arrayValue ?? []
        let gpus = service["gpus"]?.arrayValue ?? []
        let requests = reserved.map { request($0) } + gpus.map { request($0, adding: "gpu") }
        definition.deviceRequests = requests.isEmpty ? nil : requests
        definition.sysctls = service["sysctls"]?.textPairs
        definition.ulimits = (service["ulimits"]?.objectValue).map { limits in
            limits.sorted { $0.key < $1.key }.map { name, limit in
                let single = limit.integerValue
                return Ulimit(
                    name: name,
                    soft: single ?? limit["soft"]?.integerValue ?? 0,
                    hard: single ?? limit["hard"]?.integerValue ?? 0
                )
            }
        }
    }

    private func request(_ device: JSONValue, adding capability: String? = nil) -> DeviceRequest {
        var capabilities = device["capabilities"]?.texts ?? []
        if let capability, !capabilities.contains(capability) { capabilities.append(capability) }
        var request = DeviceRequest(capabilities: capabilities)
        request.driver = device["driver"]?.stringValue
        request.count = device["count"]?.integerValue.map { Int($0) }
        request.deviceIDs = device["device_ids"]?.texts
        request.options = device["options"]?.textPairs
        return request
    }

    func addNamespaces(to definition: inout ServiceDefinition) throws(ComposeErrors) {
        definition.cgroup = service["cgroup"]?.stringValue
        definition.cgroupParent = service["cgroup_parent"]?.stringValue
        definition.ipc = try namespace("ipc")
        definition.pid = try namespace("pid")
        definition.networkMode = try namespace("network_mode")
        definition.uts = service["uts"]?.stringValue
        definition.userNamespace = service["userns_mode"]?.stringValue
    }

    private func namespace(_ key: String) throws(ComposeErrors) -> NamespaceMode? {
        guard let text = service[key]?.stringValue else { return nil }
        if text.hasPrefix("service:") {
            return .service(try serviceName(String(text.dropFirst("service:".count)), path.appending(key)))
        }
        if text.hasPrefix("container:") { return .container(String(text.dropFirst("container:".count))) }
        return .plain(text)
    }

    // MARK: Network

    func addNetwork(to definition: inout ServiceDefinition) throws(ComposeErrors) {
        for (key, network) in service["networks"]?.objectValue ?? [:] {
            var attachment = NetworkAttachment()
            attachment.aliases = network["aliases"]?.texts
            attachment.ipv4Address = network["ipv4_address"]?.stringValue
            attachment.ipv6Address = network["ipv6_address"]?.stringValue
            attachment.linkLocalAddresses = network["link_local_ips"]?.texts
            attachment.macAddress = network["mac_address"]?.stringValue
            attachment.driverOptions = network["driver_opts"]?.textPairs
            attachment.priority = network["priority"]?.integerValue.map { Int($0) }
            definition.networks[key] = attachment
        }
        for (index, port) in (service["ports"]?.arrayValue ?? []).enumerated() {
            definition.ports.append(try portMapping(port, ["ports", "[\(index)]"]))
        }
        definition.exposedPorts = service["expose"]?.texts
        definition.dns = service["dns"]?.texts
        definition.dnsSearch = service["dns_search"]?.texts
        definition.dnsOptions = service["dns_opt"]?.texts
        definition.extraHosts = service["extra_hosts"]?.texts?.map(Self.hostLine)
        definition.links = service["links"]?.texts
        definition.externalLinks = service["external_links"]?.texts
        definition.macAddress = service["mac_address"]?.stringValue
    }

    private func portMapping(_ port: JSONValue, _ keys: [String]) throws(ComposeErrors) -> PortMapping {
        guard let target = port["target"]?.integerValue.flatMap({ UInt16(exactly: $0) }), target > 0 else {
            throw issue("'target' must be a port from 1 to 65535", keys)
        }
        let published = port["published"]?.stringValue
        if let published {
            let parts = published.split(separator: "-", omittingEmptySubsequences: false)
            let ports = parts.compactMap { UInt16($0) }
            guard ports.count == parts.count, parts.count <= 2, ports.count == 1 || ports[0] <= ports[1] else {
                throw issue("'\(published)' is not a port or a range of ports", keys)
            }
        }
        let address = port["host_ip"]?.stringValue
        if let address, !InternetAddress.isValid(address) { throw issue("'\(address)' is not an IP address", keys) }
        let transport = port["protocol"]?.stringValue ?? "tcp"
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw issue("'\(transport)' is not a protocol; there are tcp, udp and sctp", keys)
        }
        return PortMapping(
            target: target,
            published: published,
            hostAddress: address,
            transport: transport,
            mode: port["mode"]?.stringValue
        )
    }

    // MARK: Storage

    func addStorage(to definition: inout ServiceDefinition) throws(ComposeErrors) {
        for (index, mount) in (service["volumes"]?.arrayValue ?? []).enumerated() {
            definition.mounts.append(try mountDefinition(mount, ["volumes", "[\(index)]"]))
        }
        definition.volumesFrom = service["volumes_from"]?.texts
        definition.tmpfs = service["tmpfs"]?.texts
        definition.sharedMemory = service["shm_size"]?.byteCount
        definition.configs = service["configs"]?.arrayValue?.map { grant($0, directory: "/") }
        definition.secrets = service["secrets"]?.arrayValue?.map { grant($0, directory: "/run/secrets") }
        definition.storageOptions = service["storage_opt"]?.textPairs
    }

    private func mountDefinition(_ mount: JSONValue, _ keys: [String]) throws(ComposeErrors) -> MountDefinition {
        let type = mount["type"]?.stringValue ?? ""
        guard let kind = MountDefinition.Kind(rawValue: type) else {
            throw issue("'\(type)' is not a type of mount", keys, remedy: "write volume, bind or tmpfs")
        }
        guard let target = mount["target"]?.stringValue, UnixPath.isAbsolute(target), target != "/" else {
            throw issue(
                "'\(mount["target"]?.stringValue ?? "")' is not an absolute path in the container",
                keys,
                remedy: "start it with '/'"
            )
        }
        var definition = MountDefinition(kind: kind, source: mount["source"]?.stringValue, target: target)
        definition.isReadOnly = mount["read_only"]?.boolValue
        definition.consistency = mount["consistency"]?.stringValue
        definition.bindPropagation = mount["bind"]?["propagation"]?.stringValue
        definition.bindCreatesHostPath = mount["bind"]?["create_host_path"]?.boolValue
        definition.bindSELinux = mount["bind"]?["selinux"]?.stringValue
        definition.volumeNoCopy = mount["volume"]?["nocopy"]?.boolValue
        definition.volumeSubpath = mount["volume"]?["subpath"]?.stringValue
        definition.tmpfsSize = mount["tmpfs"]?["size"]?.byteCount
        definition.tmpfsMode = mount["tmpfs"]?["mode"]?.integerValue.flatMap { UInt32(exactly: $0) }
        return definition
    }

    private func grant(_ grant: JSONValue, directory: String) -> FileGrant {
        let source = grant["source"]?.stringValue ?? ""
        let target = UnixPath.resolve(grant["target"]?.stringValue ?? source, in: directory)
        var result = FileGrant(source: source, target: target)
        result.uid = grant["uid"]?.stringValue
        result.gid = grant["gid"]?.stringValue
        result.mode = grant["mode"]?.integerValue.flatMap { UInt32(exactly: $0) }
        return result
    }
}
