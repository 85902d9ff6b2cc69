public import HomieModel

extension HealingPolicy {
    /// Homie's default, changed by what the service's file says.
    public init(_ rules: HealingRules) {
        self.init()
        climbs = rules.isOn ?? climbs
        restarts = rules.restarts ?? restarts
        recreations = rules.recreations ?? recreations
        rollsBack = rules.rollsBack ?? rollsBack
        quarantineStops = rules.quarantineStops ?? quarantineStops
        overridesRestartPolicy = rules.restartsWhenUnhealthy == true
        mostMemory = rules.mostMemory
        mostProcessors = rules.mostCPUs
        ignoresHealth = rules.restartsWhenUnhealthy == false
    }
}
