extension ProjectShape {
    static let service: Shape = .object(
        Shape.fields(
            .text,
            "cgroup_parent",
            "cgroup",
            "cpuset",
            "container_name",
            "domainname",
            "hostname",
            "image",
            "ipc",
            "isolation",
            "mac_address",
            "network_mode",
            "pid",
            "platform",
            "pull_policy",
            "restart",
            "runtime",
            "stop_signal",
            "user",
            "userns_mode",
            "uts",
            "working_dir"
        )
            + Shape.fields(
                .texts,
                "profiles",
                "cap_add",
                "cap_drop",
                "device_cgroup_rules",
                "dns_opt",
                "external_links",
                "links",
                "security_opt",
                "volumes_from",
                "label_file"
            )
            + Shape.fields(.textOrTexts, "dns", "dns_search", "tmpfs")
            + Shape.fields(.texts, "group_add") + Shape.fields(.textsOfScalars, "expose")
            + Shape.fields(.givenFlag, "attach", "init")
            + Shape.fields(.flag, "oom_kill_disable", "privileged", "read_only", "stdin_open", "tty")
            + Shape.fields(
                .whole,
                "cpu_count",
                "cpu_period",
                "cpu_quota",
                "cpu_rt_period",
                "cpu_rt_runtime",
                "cpu_shares",
                "oom_score_adj",
                "pids_limit"
            )
            + Shape.fields(.givenWhole, "scale") + Shape.fields(.single, "cpu_percent", "cpus")
            + Shape.fields(.size, "mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness", "shm_size")
            + Shape.fields(.givenDuration, "stop_grace_period")
            + Shape.fields(.pairs, "annotations", "labels", "sysctls")
            + Shape.fields(.plainPairs, "storage_opt")
            + Shape.fields(.variables, "environment") + Shape.fields(.hosts, "extra_hosts")
            + [Shape.always("command", .command), Shape.always("entrypoint", .command)]
            + Shape.fields(grants, "configs", "secrets")
            + Shape.fields(deviceRequests, "gpus") + Shape.fields(.list(hook), "post_start", "pre_stop")
            + Shape.fields(.map(.ulimit), "ulimits")
            + structures
    )

    private static let structures: [Shape.Field] = [
        Shape.field("blkio_config", blockIO),
        Shape.field("build", build),
        Shape.field("credential_spec", .object(Shape.fields(.text, "config", "file", "registry"))),
        Shape.field(
            "depends_on",
            .map(
                .object([
                    Shape.field("condition", .text), Shape.field("restart", .flag), Shape.always("required", .flag),
                ])
            )
        ),
        Shape.field("deploy", deploy),
        Shape.field(
            "develop",
            .object([
                Shape.field(
                    "watch",
                    .list(
                        .object(
                            [Shape.always("path", .text), Shape.always("action", .text), Shape.always("exec", hook)]
                                + Shape.fields(.text, "target") + Shape.fields(.texts, "ignore")
                        )
                    )
                )
            ])
        ),
        Shape.field("devices", .list(.object(Shape.fields(.text, "source", "target", "permissions")))),
        Shape.field(
            "env_file",
            .list(.object(Shape.fields(.text, "path", "format") + [Shape.always("required", .flag)]))
        ),
        Shape.field(
            "healthcheck",
            .object(
                Shape.fields(.givenDuration, "timeout", "interval", "start_period", "start_interval")
                    + [
                        Shape.field("test", .test), Shape.field("retries", .givenCount), Shape.field("disable", .flag),
                    ]
            )
        ),
        Shape.field("logging", .object([Shape.field("driver", .text), Shape.field("options", .plainPairs)])),
        Shape.field(
            "networks",
            .map(
                .object(
                    Shape.fields(.whole, "priority", "gw_priority")
                        + Shape.fields(.text, "ipv4_address", "ipv6_address", "mac_address")
                        + Shape.fields(.texts, "aliases", "link_local_ips")
                        + Shape.fields(.plainPairs, "driver_opts")
                )
            )
        ),
        Shape.field(
            "ports",
            .list(
                .object(
                    Shape.fields(.text, "name", "mode", "host_ip", "published", "protocol", "app_protocol")
                        + Shape.fields(.count, "target")
                )
            )
        ),
        Shape.field(
            "volumes",
            .list(
                .object(
                    Shape.fields(.text, "type", "source", "target", "consistency") + Shape.fields(.flag, "read_only")
                        + [
                            Shape.field(
                                "bind",
                                .object(
                                    Shape.fields(.text, "selinux", "propagation", "recursive")
                                        + Shape.fields(.flag, "create_host_path")
                                )
                            ),
                            Shape.field(
                                "volume",
                                .object([Shape.field("nocopy", .flag), Shape.field("subpath", .text)])
                            ),
                            Shape.field("tmpfs", .object([Shape.field("size", .size), Shape.field("mode", .count)])),
                        ]
                )
            )
        ),
    ]

    private static let blockIO: Shape = {
        let rates = Shape.list(
            .object([Shape.always("path", .text, as: "Path"), Shape.always("rate", .size, as: "Rate")])
        )
        let weights = Shape.list(
            .object([Shape.always("path", .text, as: "Path"), Shape.always("weight", .count, as: "Weight")])
        )
        return .object(
            Shape.fields(.count, "weight") + Shape.fields(weights, "weight_device")
                + Shape.fields(rates, "device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops")
        )
    }()

    static let build: Shape = .object(
        Shape.fields(.text, "context", "dockerfile", "dockerfile_inline", "isolation", "network", "target")
            + Shape.fields(.texts, "entitlements")
            + Shape.fields(.textOrTexts, "cache_from", "cache_to", "tags", "platforms")
            + Shape.fields(.flag, "no_cache", "pull", "privileged") + Shape.fields(.variables, "args")
            + Shape.fields(.pairs, "labels", "additional_contexts") + Shape.fields(.hosts, "extra_hosts")
            + Shape.fields(.sshKeys, "ssh") + Shape.fields(.size, "shm_size")
            + Shape.fields(grants, "secrets") + Shape.fields(.map(.ulimit), "ulimits")
    )

    static let deploy: Shape = {
        let update = Shape.object(
            Shape.fields(.givenCount, "parallelism") + Shape.fields(.duration, "delay", "monitor")
                + Shape.fields(.text, "failure_action", "order") + Shape.fields(.single, "max_failure_ratio")
        )
        let resource = Shape.object(
            Shape.fields(.single, "cpus") + Shape.fields(.size, "memory") + Shape.fields(.whole, "pids")
                + Shape.fields(deviceRequests, "devices")
                + [
                    Shape.field(
                        "generic_resources",
                        .list(
                            .object([
                                Shape.field(
                                    "discrete_resource_spec",
                                    .object([Shape.always("kind", .text), Shape.always("value", .whole)])
                                )
                            ])
                        )
                    )
                ]
        )
        let placement = Shape.object(
            Shape.fields(.texts, "constraints") + Shape.fields(.count, "max_replicas_per_node")
                + Shape.fields(.list(.object(Shape.fields(.text, "spread"))), "preferences")
        )
        let restart = Shape.object(
            Shape.fields(.text, "condition") + Shape.fields(.givenDuration, "delay", "window")
                + Shape.fields(.givenCount, "max_attempts")
        )
        return .object(
            Shape.fields(.text, "mode", "endpoint_mode") + Shape.fields(.givenWhole, "replicas")
                + Shape.fields(.pairs, "labels") + Shape.fields(update, "update_config", "rollback_config")
                + Shape.fields(restart, "restart_policy")
                + [
                    Shape.always("resources", .object(Shape.fields(resource, "limits", "reservations"))),
                    Shape.always("placement", placement),
                ]
        )
    }()
}
