import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird

/// Pages for browsers: signing in at the device, and being handed over to services with names of their own.
///
/// They are not part of the API: no table lists them, no version is promised. They work without scripts, and load nothing.
struct SignInPages {
    /// What the gateway hands on for pages.
    enum Page: String {
        /// The form, on the device's own names.
        case signIn = "/sign-in"
        case signOut = "/sign-out"
        /// On a service's name: somebody is to be signed in here.
        case begin = "/.homie/begin"
        /// On a service's name: back from the device.
        case enter = "/.homie/enter"

        init?(_ path: String) { self.init(rawValue: path) }
    }

    let gate: AccessGate
    let settings: PageSettings
    let request: Request

    private var client: ClientFacts {
        ClientFacts(address: request.headers[.xForwardedFor] ?? "unknown", program: request.headers[.userAgent] ?? "")
    }

    func answer(_ page: Page) async -> Response {
        do {
            switch (page, request.method) {
            case (.signIn, .get), (.signIn, .head): return try await showSignIn()
            case (.signIn, .post): return try await signIn()
            case (.signOut, .get), (.signOut, .head): return form { SignOutForm(csrf: $0).text($1) }
            case (.signOut, .post): return try await signOut()
            case (.begin, .get): return await begin()
            case (.enter, .get): return try await enter()
            default:
                var response = HTMLPage.response(
                    405,
                    MessagePage("This page does not take that.").text(HTMLPage.nonce())
                )
                response.headers[.allow] = page == .signIn || page == .signOut ? "GET, HEAD, POST" : "GET"
                return response
            }
        } catch let error as any UserFacingError {
            return HTMLPage.response(
                (error as? any HTTPProblem)?.status ?? error.kind.httpStatus,
                MessagePage(error.summary, hint: error.hint).text(HTMLPage.nonce())
            )
        } catch {
            return HTMLPage.response(500, MessagePage("This did not work.").text(HTMLPage.nonce()))
        }
    }

    // MARK: on the device's own names

    private func showSignIn() async throws -> Response {
        let next = await NextAddress.read(query("next"), settings, askedAt: host)
        let proof = query("proof").flatMap { HandOver.isProof($0) ? $0 : nil }
        if let session = await session() { return try await proceed(session, to: next, proof) }
        if let refresh = request.cookie(CookieName.refresh) {
            do {
                let grant = try await gate.access.renew(refresh, from: client)
                var response = try await proceed(grant.session, to: next, proof)
                response.setTokens(grant)
                return response
            } catch is AccessError {
                return show(next, proof, dropsTokens: true)
            }
        }
        // What renews a session is not sent along when another site leads here; from a page of our own it is.
        if request.headers[.fetchSite] == "cross-site", query("again") == nil {
            let target =
                "/sign-in?again=1&next=\(PercentEncoding.encode(next.text(settings)))"
                + (proof.map { "&proof=\($0)" } ?? "")
            return HTMLPage.response(200, HopPage(target: target).text())
        }
        return show(next, proof)
    }

    /// The session that the browser has; nil when it has none that is good.
    private func session() async -> String? {
        guard let cookie = request.cookie(CookieName.api),
            let principal = try? await gate.access.authenticate(Credentials(bearer: nil, cookie: cookie)),
            case .session(let id) = principal.way
        else { return nil }
        return id
    }

    private func signIn() async throws -> Response {
        let fields = try await formFields()
        try checkForm(fields)
        let next = await NextAddress.read(fields["next"], settings, askedAt: host)
        let proof = fields["proof"].flatMap { HandOver.isProof($0) ? $0 : nil }
        let name = fields["user"] ?? ""
        do {
            guard let user = try? UserName(parsing: name) else { throw AccessError.badCredentials }
            let code = fields["code"].flatMap { $0.isEmpty ? nil : $0.filter { !$0.isWhitespace } }
            let grant = try await gate.access.signIn(user, password: fields["password"] ?? "", code: code, from: client)
            try await note(user.text, 303)
            var response = try await proceed(grant.session, to: next, proof)
            response.setTokens(grant)
            response.setCookie(CookieName.form, "", "Strict; Max-Age=0")
            return response
        } catch let error as AccessError {
            // A flood of guesses is not written down: it would be the disk that suffers.
            if error.status != 429, (try? UserName(parsing: name)) != nil {
                try await note(name, error.status, error.summary)
            }
            let trouble =
                error == .codeNeeded
                ? "Type the password again, and the code of your authenticator app." : "\(error.summary)."
            return show(next, proof, user: name, trouble: trouble, status: error.status)
        }
    }

    private func signOut() async throws -> Response {
        try checkForm(try await formFields())
        var users: Set<UserName> = []
        if let cookie = request.cookie(CookieName.api),
            let principal = try? await gate.access.authenticate(Credentials(bearer: nil, cookie: cookie)),
            case .session(let id) = principal.way
        {
            try await gate.access.end(id, by: principal)
            if let user = principal.user { users.insert(user) }
        }
        // The token for the API has run out long before the session has; what renews it shows which one is meant.
        if let refresh = request.cookie(CookieName.refresh), let user = try await gate.access.end(refresh: refresh) {
            users.insert(user)
        }
        for user in users.sorted() { try await note(user.text, 200, operation: .signOut, at: .signOut) }
        var response = HTMLPage.response(
            200,
            MessagePage("You are signed out.", hint: "Services ask you to sign in again.").text(
                HTMLPage.nonce()
            )
        )
        response.dropTokens()
        return response
    }

    /// Where somebody goes who is signed in.
    private func proceed(_ session: String, to next: NextAddress, _ proof: String?) async throws -> Response {
        switch next {
        case .path, .pathForm: return HTMLPage.redirect(next.text(settings))
        case .service(let host, let path):
            let origin = NextAddress.service(host: host, path: "").text(settings)
            let back = PercentEncoding.encode(path)
            // Without a secret in the browser a code would sign in whoever follows the link.
            guard let proof else { return HTMLPage.redirect("\(origin)/.homie/begin?next=\(back)") }
            let code = try await gate.handOver.code(for: session, host: host, proof: proof)
            return HTMLPage.redirect("\(origin)/.homie/enter?code=\(code)&next=\(back)")
        }
    }

    // MARK: on the names of services

    private var host: String {
        let authority = request.head.authority ?? ""
        return WebAddress(parsing: "https://\(authority)")?.host ?? ""
    }

    private func begin() async -> Response {
        let path = query("next").flatMap(NextAddress.localPath) ?? "/"
        let wanted = NextAddress.service(host: host, path: path).text(settings)
        let next = await NextAddress.read(wanted, settings, askedAt: host)
        guard case .service = next else {
            // What has no name of its own is reached by a path on every name, on the device's own ones, too.
            let origin = settings.isOwn(host) ? "" : "https://\(settings.device)"
            return HTMLPage.redirect("\(origin)/sign-in?next=\(PercentEncoding.encode(path))")
        }
        // One that is there already stays: several tabs may be on their way.
        let kept = request.cookie(CookieName.passage).flatMap { HandOver.isSecret($0) ? $0 : nil }
        let secret = kept ?? gate.handOver.secret()
        let target = PercentEncoding.encode(next.text(settings))
        let proof = HandOver.proof(of: secret)
        var response = HTMLPage.redirect("https://\(settings.device)/sign-in?next=\(target)&proof=\(proof)")
        response.setCookie(CookieName.passage, secret, "Lax; Max-Age=600")
        return response
    }

    private func enter() async throws -> Response {
        let path = query("next").flatMap(NextAddress.localPath) ?? "/"
        guard let secret = request.cookie(CookieName.passage) else {
            throw AccessError.badSession("of a code that another browser was given")
        }
        let token = try await gate.handOver.redeem(query("code") ?? "", host: host, secret: secret)
        var response = HTMLPage.redirect(path)
        response.setCookie(CookieName.gateway, token.text, "Lax; Max-Age=\(Int(token.life.seconds))")
        response.setCookie(CookieName.passage, "", "Lax; Max-Age=0")
        return response
    }

    // MARK: forms

    private func show(
        _ next: NextAddress,
        _ proof: String?,
        user: String = "",
        trouble: String? = nil,
        status: Int = 200,
        dropsTokens: Bool = false
    ) -> Response {
        // From a path, too, the gateway may lead on to where services are by their paths.
        var target = settings.pathOrigin(of: host)
        if case .service(let host, _) = next { target = NextAddress.service(host: host, path: "").text(settings) }
        var response = form(status, leadsTo: target) { csrf, nonce in
            SignInForm(
                next: next.text(settings),
                proof: proof,
                csrf: csrf,
                user: user,
                trouble: trouble,
                hasProvider: gate.openID != nil
            ).text(nonce)
        }
        if dropsTokens { response.dropTokens() }
        return response
    }

    /// A page with a form: a secret in it and in a cookie, which no other site can make the same.
    private func form(
        _ status: Int = 200,
        leadsTo target: String? = nil,
        _ text: (_ csrf: String, _ nonce: String) -> String
    ) -> Response {
        let kept = request.cookie(CookieName.form).flatMap { HandOver.isSecret($0) ? $0 : nil }
        let csrf = kept ?? gate.handOver.secret()
        let nonce = HTMLPage.nonce()
        var response = HTMLPage.response(status, text(csrf, nonce), nonce: nonce, leadsTo: target)
        response.setCookie(CookieName.form, csrf, "Strict")
        return response
    }

    private func checkForm(_ fields: [String: String]) throws {
        if let site = request.headers[.fetchSite] {
            guard site == "same-origin" || site == "none" else { throw AccessError.crossSite }
        } else if let origin = request.headers[.origin], origin != "null" {
            guard let authority = request.head.authority, origin.lowercased() == "https://\(authority.lowercased())"
            else {
                throw AccessError.crossSite
            }
        }
        guard let cookie = request.cookie(CookieName.form), HandOver.isSecret(cookie), fields["csrf"] == cookie else {
            throw AccessError.crossSite
        }
    }

    private func formFields() async throws -> [String: String] {
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard type == "application/x-www-form-urlencoded" else { throw AccessError.crossSite }
        let bytes = try await request.bytes(upTo: Endpoint.anonymousBodyLimit, within: .seconds(15))
        return Self.fields(String(decoding: bytes, as: UTF8.self))
    }

    /// `a=b&c=d` (URL Standard, section 5.1); of a name that comes twice the first counts.
    static func fields(_ text: some StringProtocol) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = PercentEncoding.decode(parts[0]),
                let value = PercentEncoding.decode(spaced(parts[1])), fields[name] == nil
            else { continue }
            fields[name] = value
        }
        return fields
    }

    /// A plus sign is a space in a form.
    private static func spaced(_ text: some StringProtocol) -> String {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    private func query(_ name: String) -> String? { request.uri.query.flatMap { Self.fields($0)[name] } }

    private func note(
        _ actor: String,
        _ status: Int,
        _ detail: String? = nil,
        operation: Operation = .signIn,
        at page: Page = .signIn
    ) async throws {
        try await gate.access.note(
            AuditRecord(
                at: gate.wall(),
                actor: actor,
                client: client.address,
                operation: operation.rawValue,
                target: page.rawValue,
                status: status,
                detail: detail
            )
        )
    }
}
