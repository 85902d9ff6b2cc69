import HomieModel

extension DeviceCheck {
    /// Services that do not do what they should.
    static let services: [DeviceCheck] = [
        DeviceCheck("service") { checkup in
            let issues = checkup.stacks.flatMap { stack in
                stack.isLeaving ? [] : stack.services.compactMap { failure(of: $0, in: stack, checkup) }
            }
            let count = checkup.stacks.reduce(0) { $0 + $1.services.count }
            return .of(issues, orFine: "\(count) services do what they should")
        },
        DeviceCheck("restart-loop") { checkup in
            let issues = each(checkup) { service, stack in
                guard service.isFlapping else { return nil }
                return issue(
                    "restart-loop",
                    .warning,
                    "'\(service.name)' fails again and again",
                    service,
                    stack,
                    checkup,
                    excerpt: service.lastWords,
                    remedy: byHand("read its log", "homie logs \(service.name) --stack \(stack.definition.name)")
                )
            }
            return .of(issues, orFine: "nothing fails again and again")
        },
        DeviceCheck("business") { checkup in
            let issues = each(checkup) { service, stack in
                guard let failure = service.businessFailure else { return nil }
                return issue(
                    "business",
                    .error,
                    "'\(service.name)' runs, but \(failure)",
                    service,
                    stack,
                    checkup,
                    remedy: byHand("read its log", "homie logs \(service.name) --stack \(stack.definition.name)")
                )
            }
            return .of(issues, orFine: "no service misses its figures")
        },
        DeviceCheck("memory-near-limit") { checkup in
            let issues = each(checkup) { service, stack in
                guard let usage = service.usage, let limit = service.definition.resources.memory else { return nil }
                let replicas = service.definition.replicas
                guard usage.isNear(limit, replicas: replicas) else { return nil }
                let fitting = usage.fittingMemory(replicas: replicas).bytes >> 20
                return issue(
                    "memory-near-limit",
                    .warning,
                    "'\(service.name)' uses nearly all the memory it may have",
                    service,
                    stack,
                    checkup,
                    evidence: [
                        "peak of the last hour: \(Int64(usage.memoryPeak) >> 20) MiB, limit: \(limit.bytes >> 20) MiB"
                    ],
                    remedy: byHand("raise its limit to \(fitting) MiB", "mem_limit: \(fitting)m")
                )
            }
            return .of(issues, orFine: "no service is close to its memory limit")
        },
        DeviceCheck("cpu-throttled") { checkup in
            let issues = each(checkup) { service, stack in
                guard let usage = service.usage, usage.isThrottled else { return nil }
                let fitting = usage.fittingProcessors(replicas: service.definition.replicas)
                return issue(
                    "cpu-throttled",
                    .warning,
                    "'\(service.name)' is held back by its CPU limit",
                    service,
                    stack,
                    checkup,
                    evidence: [
                        "in the last hour it used \((usage.processors * 100).rounded() / 100) CPUs and was kept from "
                            + "\((usage.throttled * 100).rounded() / 100)"
                    ],
                    remedy: byHand("raise its limit to \(fitting) CPUs", "cpus: \(fitting)")
                )
            }
            return .of(issues, orFine: "no service is held back by its CPU limit")
        },
        DeviceCheck("deployment") { checkup in
            let issues = checkup.stacks.compactMap { stack -> DeviceIssue? in
                guard let deployment = stack.deployment, deployment.state == .failed else { return nil }
                // A service that failed tells its own story.
                let causes = stack.services.compactMap { failure(of: $0, in: stack, checkup) }
                    .map { IssueCause(issue: $0.id, text: $0.summary) }
                let name = stack.definition.name
                let canReturn = stack.lastGoodRevision.map { $0 != stack.revision } ?? false
                return DeviceIssue(
                    id: "deployment:\(name)",
                    check: "deployment",
                    severity: .error,
                    summary: "the deployment of '\(name)' as revision \(deployment.revision) failed",
                    stack: name,
                    since: deployment.endedAt ?? checkup.now,
                    evidence: deployment.cause.map { [$0] } ?? [],
                    causes: causes,
                    remedy: canReturn
                        ? Remedy(
                            action: .rollBack,
                            text: "go back to revision \(stack.lastGoodRevision ?? 0)",
                            command: "homie fix deployment:\(name)"
                        ) : byHand("mend the file and deploy it again", "homie up -f compose.yaml")
                )
            }
            return .of(issues, orFine: "the latest deployments went well")
        },
        DeviceCheck("orphans") { checkup in
            let issues = checkup.stacks.filter { !$0.orphans.isEmpty && !$0.isLeaving }.map { stack in
                let name = stack.definition.name
                return DeviceIssue(
                    id: "orphans:\(name)",
                    check: "orphans",
                    severity: .warning,
                    summary: "'\(name)' has containers that its file does not name",
                    stack: name,
                    since: checkup.now,
                    evidence: stack.orphans,
                    remedy: Remedy(
                        action: .removeOrphans,
                        text: "remove them",
                        command: "homie fix orphans:\(name)"
                    )
                )
            }
            return .of(issues, orFine: "no container is left over")
        },
    ]

    // MARK: one service

    /// What is wrong with a service now, with what led to it.
    static func failure(of service: ServiceFacts, in stack: StackFacts, _ checkup: Checkup) -> DeviceIssue? {
        let isQuarantined = service.trouble?.isQuarantined == true
        guard service.phase == .failed || service.phase == .unhealthy || isQuarantined else { return nil }
        let name = stack.definition.name
        let what =
            if let trouble = service.trouble {
                "'\(service.name)' \(trouble.cause.clause)"
                    + (isQuarantined ? "; nothing helped, so it is in quarantine and tried again slowly" : "")
            } else { "'\(service.name)' does not run: \(service.reason ?? "it failed")" }
        var evidence: [String] = []
        if let trouble = service.trouble {
            evidence.append(
                "so far: \(trouble.restarts + trouble.blockedRestarts) restarts, \(trouble.recreations) fresh containers"
                    + (trouble.hasRolledBack ? ", a return to the last good revision" : "")
            )
        } else if let reason = service.reason {
            evidence.append(reason)
        }
        if let failure = service.checkFailure { evidence.append("its check: it \(failure)") }
        return issue(
            "service",
            .error,
            what,
            service,
            stack,
            checkup,
            evidence: evidence,
            excerpt: service.lastWords,
            causes: causes(of: service, in: stack, checkup, depth: 0),
            remedy: remedy(for: service, name)
        )
    }

    private static func causes(
        of service: ServiceFacts,
        in stack: StackFacts,
        _ checkup: Checkup,
        depth: Int
    ) -> [IssueCause] {
        if let failure = checkup.engine.failure { return [IssueCause(issue: "engine", text: failure)] }
        if service.trouble?.cause == .diskFull {
            let full = checkup.system?.disks.filter { $0.uses.contains("engine") }.max { $0.used < $1.used }
            if let full {
                return [IssueCause(issue: "disk-space:\(full.key)", text: "\(full.mountPoint) is full")]
            }
        }
        guard depth < 8, let trouble = service.trouble, trouble.isBlocked, let blocker = trouble.blocker,
            let parent = stack.services.first(where: { $0.name == blocker })
        else { return [] }
        let words = parent.trouble?.cause.clause ?? parent.reason ?? "does not work"
        let text = "'\(parent.name)' \(words)"
        let id = "service:\(stack.definition.name):\(parent.name)"
        return [IssueCause(issue: id, text: text)] + causes(of: parent, in: stack, checkup, depth: depth + 1)
    }

    private static func remedy(for service: ServiceFacts, _ stack: StackName) -> Remedy {
        let fix = "homie fix service:\(stack):\(service.name)"
        let restart = Remedy(
            action: .restart,
            text: "try '\(service.name)' once more, from the beginning",
            command: fix,
            isAutomatic: service.trouble != nil
        )
        switch service.trouble?.cause {
        case .diskFull: return Remedy(action: .prune, text: "free disk space", command: fix)
        case .portTaken(let port):
            return byHand("see who has the port, and stop it or take another", "ss -ltnup 'sport = :\(port ?? "0")'")
        case .badMount(let path): return byHand("make the file or folder that is mounted", "ls -ld \(path ?? "/path")")
        case .imageMissing: return byHand("see whether the registry can be reached, then pull", "homie up --pull")
        case .badCommand: return byHand("mend 'command' or 'entrypoint'", "homie logs \(service.name) --stack \(stack)")
        case .outOfMemory:
            return byHand(
                "raise its memory limit (deploy.resources.limits.memory), or let Homie: x-homie.heal.memory",
                "homie top \(service.name)"
            )
        default: return restart
        }
    }

    // MARK: shared by the parts

    static func byHand(_ text: String, _ command: String) -> Remedy {
        Remedy(action: .byHand, text: text, command: command)
    }

    /// What a look at each service finds.
    static func each(_ checkup: Checkup, _ look: (ServiceFacts, StackFacts) -> DeviceIssue?) -> [DeviceIssue] {
        checkup.stacks.filter { !$0.isLeaving }.flatMap { stack in stack.services.compactMap { look($0, stack) } }
    }

    static func issue(
        _ check: String,
        _ severity: DeviceIssue.Severity,
        _ summary: String,
        _ service: ServiceFacts,
        _ stack: StackFacts,
        _ checkup: Checkup,
        evidence: [String] = [],
        excerpt: [String] = [],
        causes: [IssueCause] = [],
        remedy: Remedy
    ) -> DeviceIssue {
        DeviceIssue(
            id: "\(check):\(stack.definition.name):\(service.name)",
            check: check,
            severity: severity,
            summary: summary,
            stack: stack.definition.name,
            service: service.name,
            since: checkup.now,
            evidence: evidence,
            excerpt: excerpt,
            causes: causes,
            remedy: remedy
        )
    }
}
