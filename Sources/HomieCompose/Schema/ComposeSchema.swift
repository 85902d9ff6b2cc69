/// What may stand in a Compose file, as the schema of the reference implementation (2.26) has it.
enum ComposeSchema {
    static let root = SchemaRule.object([
        "version": .text, "name": .text,
        "include": .list(include, unique: false),
        "services": .named(service, .identifier),
        "networks": .named(network, .identifier, unknown: true),
        "volumes": .named(volume, .identifier),
        "secrets": .named(secret, .identifier),
        "configs": .named(config, .identifier),
    ])

    private static let include = SchemaRule.either([
        .text, .closed(["path": .textOrTexts, "env_file": .textOrTexts, "project_directory": .text]),
    ])

    private static let external = SchemaRule.either([.flagOrText, .object(["name": .text])])
    private static let looseExternal = SchemaRule.either([
        .flagOrText, .map(SchemaRule.Members(known: ["name": .text], acceptsUnknown: true)),
    ])

    private static let pool = SchemaRule.object([
        "subnet": .text, "ip_range": .text, "gateway": .text, "aux_addresses": .named(.text, .any),
    ])

    private static let network = SchemaRule.either([
        .kinds(.null),
        .object([
            "name": .text, "driver": .text, "driver_opts": .options,
            "ipam": .object(["driver": .text, "config": .list(pool, unique: false), "options": .named(.text, .any)]),
            "external": external, "internal": .flagOrText, "enable_ipv4": .flagOrText, "enable_ipv6": .flagOrText,
            "attachable": .flagOrText, "labels": .listOrMap,
        ]),
    ])

    private static let volume = SchemaRule.either([
        .kinds(.null),
        .object([
            "name": .text, "driver": .text, "driver_opts": .options, "external": external, "labels": .listOrMap,
        ]),
    ])

    private static let secret = SchemaRule.object([
        "name": .text, "environment": .text, "file": .text, "external": looseExternal, "labels": .listOrMap,
        "driver": .text, "driver_opts": .options, "template_driver": .text,
    ])

    private static let config = SchemaRule.object([
        "name": .text, "content": .text, "environment": .text, "file": .text, "external": looseExternal,
        "labels": .listOrMap, "template_driver": .text,
    ])

    static let extraHosts = SchemaRule.either([
        .map(SchemaRule.Members(others: .either([.text, .texts]), acceptsExtensions: false)), .uniqueTexts,
    ])

    static let ulimits = SchemaRule.named(
        .either([.textOrWhole, .object(["hard": .textOrWhole, "soft": .textOrWhole], required: ["soft", "hard"])]),
        .lowercase,
        unknown: true
    )

    static let grants = SchemaRule.list(
        .either([
            .text, .object(["source": .text, "target": .text, "uid": .text, "gid": .text, "mode": .textOrNumber]),
        ]),
        unique: false
    )

    static let hooks = SchemaRule.list(
        .object([
            "command": .command, "user": .text, "privileged": .flagOrText, "working_dir": .text,
            "environment": .listOrMap,
        ]),
        unique: false
    )

    static let deviceRequest: [String: SchemaRule] = [
        "capabilities": .uniqueTexts, "count": .textOrWhole, "device_ids": .uniqueTexts, "driver": .text,
        "options": .listOrMap,
    ]
}
