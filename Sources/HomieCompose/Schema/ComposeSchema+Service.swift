extension ComposeSchema {
    static let service = SchemaRule.object(
        plainTexts.merging(structures) { _, later in later }.merging(limits) { _, later in later }
            .merging(networking) { _, later in later }.merging(storage) { _, later in later }
    )

    private static let plainTexts: [String: SchemaRule] = Dictionary(
        uniqueKeysWithValues: [
            "cgroup_parent", "container_name", "cpuset", "domainname", "hostname", "image", "ipc", "isolation",
            "mac_address", "network_mode", "platform", "restart", "runtime", "stop_grace_period", "stop_signal", "user",
            "uts", "userns_mode", "working_dir",
        ].map { ($0, SchemaRule.text) }
    )

    private static let structures: [String: SchemaRule] = [
        "annotations": .listOrMap,
        "attach": .flagOrText,
        "build": .either([.text, build]),
        "cap_add": .uniqueTexts,
        "cap_drop": .uniqueTexts,
        "cgroup": .oneOfTexts(["host", "private"]),
        "command": .command,
        "credential_spec": .object(["config": .text, "file": .text, "registry": .text]),
        "depends_on": .either([
            .uniqueTexts,
            .named(
                .object(
                    [
                        "restart": .flagOrText, "required": .kinds(.flag),
                        "condition": .oneOfTexts([
                            "service_started", "service_healthy", "service_completed_successfully",
                        ]),
                    ],
                    required: ["condition"]
                ),
                .identifier
            ),
        ]),
        "deploy": .either([.kinds(.null), deploy]),
        "develop": .either([.kinds(.null), develop]),
        "entrypoint": .command,
        "env_file": .either([
            .text,
            .list(
                .either([
                    .text, .closed(["path": .text, "format": .text, "required": .flagOrText], required: ["path"]),
                ]),
                unique: false
            ),
        ]),
        "environment": .listOrMap,
        "extends": .either([.text, .closed(["service": .text, "file": .text], required: ["service"])]),
        "group_add": .list(.textOrNumber, unique: true),
        "healthcheck": .object([
            "disable": .flagOrText, "interval": .text, "retries": .textOrNumber,
            "test": .either([.text, .texts]), "timeout": .text, "start_period": .text, "start_interval": .text,
        ]),
        "init": .flagOrText,
        "label_file": .either([.text, .texts]),
        "labels": .listOrMap,
        "logging": .object([
            "driver": .text,
            "options": .map(
                SchemaRule.Members(
                    others: .kinds([.text, .number, .null]),
                    acceptsUnknown: true,
                    acceptsExtensions: false
                )
            ),
        ]),
        "pid": .text,
        "post_start": hooks,
        "pre_stop": hooks,
        "privileged": .flagOrText,
        "profiles": .uniqueTexts,
        "pull_policy": .oneOfTexts(["always", "never", "if_not_present", "build", "missing"]),
        "read_only": .flagOrText,
        "scale": .textOrWhole,
        "security_opt": .uniqueTexts,
        "stdin_open": .flagOrText,
        "sysctls": .listOrMap,
        "tty": .flagOrText,
    ]

    private static let limits: [String: SchemaRule] = [
        "blkio_config": .closed([
            "device_read_bps": rates, "device_read_iops": rates, "device_write_bps": rates, "device_write_iops": rates,
            "weight": .textOrWhole,
            "weight_device": .list(.closed(["path": .text, "weight": .textOrWhole]), unique: false),
        ]),
        "cpu_count": .bounded(0...Int.max),
        "cpu_percent": .bounded(0...100),
        "cpu_shares": .textOrNumber,
        "cpu_quota": .textOrNumber,
        "cpu_period": .textOrNumber,
        "cpu_rt_period": .textOrNumber,
        "cpu_rt_runtime": .textOrNumber,
        "cpus": .textOrNumber,
        "gpus": .either([
            .oneOfTexts(["all"]),
            .list(.map(SchemaRule.Members(known: deviceRequest, acceptsUnknown: true)), unique: false),
        ]),
        "mem_limit": .textOrNumber,
        "mem_reservation": .textOrWhole,
        "mem_swappiness": .textOrWhole,
        "memswap_limit": .textOrNumber,
        "oom_kill_disable": .flagOrText,
        "oom_score_adj": .bounded(-1000...1000),
        "pids_limit": .textOrNumber,
        "shm_size": .textOrNumber,
        "ulimits": ulimits,
    ]

    private static let rates = SchemaRule.list(.closed(["path": .text, "rate": .textOrWhole]), unique: false)

    private static let networking: [String: SchemaRule] = [
        "dns": .textOrTexts,
        "dns_opt": .uniqueTexts,
        "dns_search": .textOrTexts,
        "expose": .list(.textOrNumber, unique: true),
        "external_links": .uniqueTexts,
        "extra_hosts": extraHosts,
        "links": .uniqueTexts,
        "networks": .either([
            .uniqueTexts,
            .named(
                .either([
                    .kinds(.null),
                    .object([
                        "aliases": .uniqueTexts, "ipv4_address": .text, "ipv6_address": .text,
                        "link_local_ips": .uniqueTexts, "mac_address": .text, "driver_opts": .options,
                        "priority": .kinds(.number), "gw_priority": .kinds(.number),
                    ]),
                ]),
                .identifier
            ),
        ]),
        "ports": .list(
            .either([
                .textOrNumber,
                .object([
                    "name": .text, "mode": .text, "host_ip": .text, "target": .textOrWhole, "published": .textOrWhole,
                    "protocol": .text, "app_protocol": .text,
                ]),
            ]),
            unique: true
        ),
    ]

    private static let storage: [String: SchemaRule] = [
        "configs": grants,
        "device_cgroup_rules": .uniqueTexts,
        "devices": .list(
            .either([
                .text, .object(["source": .text, "target": .text, "permissions": .text], required: ["source"]),
            ]),
            unique: false
        ),
        "secrets": grants,
        "storage_opt": .map(SchemaRule.Members(acceptsUnknown: true)),
        "tmpfs": .textOrTexts,
        "volumes": .list(
            .either([
                .text,
                .object(
                    [
                        "type": .text, "source": .text, "target": .text, "read_only": .flagOrText, "consistency": .text,
                        "bind": .object([
                            "propagation": .text, "create_host_path": .flagOrText,
                            "recursive": .oneOfTexts(["enabled", "disabled", "writable", "readonly"]),
                            "selinux": .oneOfTexts(["z", "Z"]),
                        ]),
                        "volume": .object(["nocopy": .flagOrText, "subpath": .text]),
                        "tmpfs": .object(["size": .bounded(0...Int.max), "mode": .textOrNumber]),
                    ],
                    required: ["type"]
                ),
            ]),
            unique: true
        ),
        "volumes_from": .uniqueTexts,
    ]
}
