import HomieModel

extension ProjectAssembly {
    /// Tells of what a service's file asks for and a deployment does not do.
    func noteWhatIsLeftAside(_ name: String, _ service: [String: JSONValue], _ node: ComposeNode?) {
        if service["develop"] != nil {
            context.warnings.add(
                ComposeWarning(
                    "services.\(name).develop: is for 'docker compose watch'; Homie deploys the image and watches no files",
                    at: node?["develop"]?.keyMark
                )
            )
        }
        guard let build = service["build"] else { return }
        for key in BuildKit.keys(in: build) {
            context.warnings.add(
                ComposeWarning(
                    "services.\(name).build.\(key): needs BuildKit, which Homie does not build with; the image must be there or in a registry",
                    at: node?["build"]?[key]?.keyMark
                )
            )
        }
        for key in BuildKit.ignoredKeys(in: build) {
            context.warnings.add(
                ComposeWarning(
                    "services.\(name).build.\(key): is for BuildKit, and has no effect with the engine's own builder",
                    at: node?["build"]?[key]?.keyMark
                )
            )
        }
    }
}
