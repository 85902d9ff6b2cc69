extension ComposeSchema {
    static let build = SchemaRule.object([
        "context": .text, "dockerfile": .text, "dockerfile_inline": .text, "entitlements": .texts, "args": .listOrMap,
        "ssh": .listOrMap, "labels": .listOrMap, "cache_from": .texts, "cache_to": .texts, "no_cache": .flagOrText,
        "additional_contexts": .listOrMap, "network": .text, "pull": .flagOrText, "target": .text,
        "shm_size": .textOrWhole, "extra_hosts": extraHosts, "isolation": .text, "privileged": .flagOrText,
        "secrets": grants, "tags": .texts, "ulimits": ulimits, "platforms": .texts,
    ])

    static let develop = SchemaRule.object([
        "watch": .list(
            .object(
                [
                    "ignore": .texts, "path": .text, "target": .text,
                    "action": .oneOfTexts(["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
                    "exec": .object([
                        "command": .command, "user": .text, "privileged": .flagOrText, "working_dir": .text,
                        "environment": .listOrMap,
                    ]),
                ],
                required: ["path", "action"]
            ),
            unique: false
        )
    ])

    static let deploy = SchemaRule.object([
        "mode": .text, "endpoint_mode": .text, "replicas": .textOrWhole, "labels": .listOrMap,
        "rollback_config": update, "update_config": update,
        "resources": .object([
            "limits": .object(["cpus": .textOrNumber, "memory": .text, "pids": .textOrWhole]),
            "reservations": .object([
                "cpus": .textOrNumber, "memory": .text,
                "generic_resources": .list(
                    .object(["discrete_resource_spec": .object(["kind": .text, "value": .textOrNumber])]),
                    unique: false
                ),
                "devices": .list(.object(deviceRequest, required: ["capabilities"]), unique: false),
            ]),
        ]),
        "restart_policy": .object([
            "condition": .text, "delay": .text, "max_attempts": .textOrWhole, "window": .text,
        ]),
        "placement": .object([
            "constraints": .texts, "preferences": .list(.object(["spread": .text]), unique: false),
            "max_replicas_per_node": .textOrWhole,
        ]),
    ])

    private static let update = SchemaRule.object([
        "parallelism": .textOrWhole, "delay": .text, "failure_action": .text, "monitor": .text,
        "max_failure_ratio": .textOrNumber, "order": .oneOfTexts(["start-first", "stop-first"]),
    ])
}
