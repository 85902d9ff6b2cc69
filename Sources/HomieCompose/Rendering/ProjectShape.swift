/// The shapes of a project's parts.
enum ProjectShape {
    static let network: Shape = .object(
        Shape.fields(.text, "name", "driver") + Shape.fields(.plainPairs, "driver_opts")
            + [
                Shape.always(
                    "ipam",
                    .object([
                        Shape.field("driver", .text),
                        Shape.field(
                            "config",
                            .list(
                                .object(
                                    Shape.fields(.text, "subnet", "gateway", "ip_range")
                                        + Shape.fields(.pairs, "aux_addresses")
                                )
                            )
                        ),
                    ])
                )
            ] + Shape.fields(.flag, "external", "internal", "attachable") + Shape.fields(.pairs, "labels")
            + Shape.fields(.givenFlag, "enable_ipv4", "enable_ipv6")
    )

    static let volume: Shape = .object(
        Shape.fields(.text, "name", "driver") + Shape.fields(.plainPairs, "driver_opts")
            + Shape.fields(.flag, "external") + Shape.fields(.pairs, "labels")
    )

    /// A config or a secret.
    static let fileObject: Shape = .object(
        Shape.fields(.text, "name", "file", "environment", "content", "driver", "template_driver")
            + Shape.fields(.flag, "external") + Shape.fields(.pairs, "labels")
            + Shape.fields(.plainPairs, "driver_opts")
    )

    static let grants: Shape = .list(
        .object(Shape.fields(.text, "source", "target", "uid", "gid") + Shape.fields(.givenCount, "mode"))
    )

    static let hook: Shape = .object(
        [Shape.always("command", .command)] + Shape.fields(.text, "user", "working_dir")
            + Shape.fields(.flag, "privileged") + Shape.fields(.variables, "environment")
    )

    static let deviceRequests: Shape = .list(
        .object(
            Shape.fields(.texts, "capabilities", "device_ids") + Shape.fields(.text, "driver")
                + Shape.fields(.deviceCount, "count") + Shape.fields(.pairs, "options")
        )
    )
}
