internal import HomieModel

/// Services by their paths over TLS, at a port where nothing else is: pages of one origin may do to each other what they like,
/// and what a service says there must not reach the API. Cookies know no ports; they are taken off as everywhere.
extension FrontendRules {
    /// A route that shares a name with the API.
    static let isShared = "{ var(txn.flags) -m sub d }"

    var pathFormLines: [String] {
        guard !settings.https.isEmpty, !settings.pathForms.isEmpty else { return [] }
        return ["", "frontend paths"]
            + (binds(settings.pathForms) + RequestNotes.lines + limits + numbers + forwarding + tracing
            + RequestNotes.silence + foreignCookies + reach + refusals + routing + routeParts() + others + version
            + RequestNotes.choice + tracingMethod + access(deviceRedirect) + cookies + prefixes + ending)
            .map { "    \($0)" }
    }

    /// What holds for a whole name, or a whole origin, is no service's to say that shares it.
    private var reach: [String] {
        ["Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"].map {
            "http-after-response del-header \($0)"
        }
    }

    /// Names of services have cookies of theirs, which would come along to any other service here.
    private var others: [String] {
        [Self.answer(404, "No service is reached by this path.") + " unless \(Self.isShared)"]
    }

    /// The sign-in pages are at another port, under names of the device's own only.
    private func deviceRedirect(_ condition: String) -> [String] {
        guard settings.apiSocket != nil, let main = settings.https.first?.port,
            let port = settings.pathForms.first?.port
        else { return [] }
        let device = "%[var(txn.device)]"
        return ["http-request set-var(txn.device) str(\(settings.domain.text)) if \(condition)"]
            + ownHosts.map { "http-request set-var(txn.device) var(txn.host) if \(condition) \($0)" }
            + [
                "http-request set-var-fmt(txn.next) \"\(Self.origin(device, port))%[pathq]\" if \(condition)",
                "http-request redirect code 303 location \(Self.origin(device, main))/sign-in?next=%[var(txn.next),url_enc] "
                    + "if \(Self.wantsPage) \(condition)",
            ]
    }
}
