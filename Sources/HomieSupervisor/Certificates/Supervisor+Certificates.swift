import HomieModel
import HomiePlanning
import Logging

/// Certificates that services show each other: there before their containers, and renewed in time.
extension Supervisor {
    /// Who issues them.
    public func attach(certificates: any ServiceCertificates) { self.certificates = certificates }

    /// The mount and the variable that a container with a certificate has; nil when it wants none.
    func certificateDirectory(of service: ServiceName, _ definition: ServiceDefinition, in name: StackName) -> String? {
        guard Self.tls(definition) != nil else { return nil }
        return certificates?.directory(of: service, in: name)
    }

    /// A file with a mistake in it was refused before it came here.
    private static func tls(_ definition: ServiceDefinition) -> ServiceTLS? {
        (try? ServiceTLS.read(homie: definition.homie)) ?? nil
    }

    /// Before a container is created or started: without its certificate it would not come up.
    ///
    /// - Throws: ``SupervisorError/noCertificates(_:)``, or what the authority says.
    func provideCertificate(for service: ServiceName, in name: StackName) async throws {
        guard let definition = stacks[name]?.wanted.services[service]?.definition, Self.tls(definition) != nil else {
            return
        }
        guard certificates != nil else { throw SupervisorError.noCertificates(service) }
        _ = try await renewCertificate(of: service, definition, in: name)
    }

    /// - Returns: when it is to be looked at again.
    private func renewCertificate(
        of service: ServiceName,
        _ definition: ServiceDefinition,
        in name: StackName
    ) async throws -> Timestamp? {
        guard let certificates, let tls = Self.tls(definition) else { return nil }
        let names = tls.names(of: service, definition, in: name)
        let request = CertificateRequest(stack: name, service: service, names: names, lifetime: tls.lifetime)
        let provided = try await certificates.provide(request)
        certificateTroubles[RoutePlanner.ServiceKey(name, service)] = nil
        certificateEnds[RoutePlanner.ServiceKey(name, service)] = provided.expiresAt
        guard provided.isNew else { return provided.dueAt }
        let cause = stacks[name]?.deploymentEvent
        record(
            .info,
            "certificate.issued",
            "'\(service)' was given a certificate that is good until \(provided.expiresAt.rfc3339.prefix(19))Z",
            stack: name,
            service: service,
            cause: cause,
            detail: names.joined(separator: ", ")
        )
        let running = mirror.containers(of: name).filter { $0.service == service && $0.state == .running }
        if provided.hasNewDirectory, !running.isEmpty {
            record(
                .warning,
                "certificate.unseen",
                "'\(service)' has to be restarted to see its certificate: the directory it looks into is gone",
                stack: name,
                service: service
            )
        }
        guard let reload = tls.reload else { return provided.dueAt }
        for container in running { try await limit.run { try await engine.signal(container.id, reload.rawValue) } }
        return provided.dueAt
    }

    func keepCertificatesNowAndThen() async {
        while !Task.isCancelled {
            let pause = await keepCertificates()
            do { try await Task.sleep(for: pause.duration) } catch { return }
        }
    }

    /// Renews what is due, and removes what belongs to no service any more.
    ///
    /// - Returns: how long nothing will be due.
    func keepCertificates() async -> TimeSpan {
        let longest = TimeSpan.seconds(60)
        guard let certificates, isSynced else { return .seconds(5) }
        var kept: [(stack: StackName, service: ServiceName)] = []
        var next = clocks.wall() + longest
        for (name, state) in stacks.sorted(by: { $0.key < $1.key }) {
            for (service, wanted) in state.wanted.services.sorted(by: { $0.key < $1.key })
            where Self.tls(wanted.definition) != nil {
                kept.append((name, service))
                // One without a container gets its certificate with the container.
                guard mirror.containers(of: name).contains(where: { $0.service == service }) else { continue }
                do {
                    let due = try await renewCertificate(of: service, wanted.definition, in: name)
                    if let due { next = min(next, due) }
                } catch {
                    noteCertificateTrouble(error, service, in: name)
                    next = min(next, clocks.wall() + .seconds(15))
                }
            }
        }
        do { try await certificates.keep(only: kept) } catch {
            logger.warning("certificates of services that are gone stay", metadata: ["error": "\(error)"])
        }
        let wait = (next - clocks.wall()).nanoseconds
        return TimeSpan(nanoseconds: min(longest.nanoseconds, max(1_000_000_000, wait)))
    }

    private func noteCertificateTrouble(_ error: any Error, _ service: ServiceName, in name: StackName) {
        let reason = Self.sentence(error)
        let key = RoutePlanner.ServiceKey(name, service)
        guard certificateTroubles[key] != reason else { return }
        certificateTroubles[key] = reason
        record(
            .error,
            "certificate.failed",
            "the certificate of '\(service)' cannot be renewed: \(reason)",
            stack: name,
            service: service,
            detail: (error as? any UserFacingError)?.hint
        )
    }

    /// What the checks look at; nil for a service that wants none, and for one without a container.
    func ownCertificate(
        of service: ServiceName,
        _ definition: ServiceDefinition,
        in name: StackName
    ) -> OwnCertificateFacts? {
        guard let tls = Self.tls(definition), mirror.containers(of: name).contains(where: { $0.service == service })
        else { return nil }
        let key = RoutePlanner.ServiceKey(name, service)
        return OwnCertificateFacts(
            lifetime: tls.lifetime,
            expires: certificateEnds[key],
            trouble: certificateTroubles[key]
        )
    }
}
