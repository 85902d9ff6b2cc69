import HomieAPI
import HomieAccess
import Hummingbird
import NIOCore

/// Pages of HTML without anything from elsewhere.
enum HTMLPage {
    /// A text as content or value of an attribute (HTML Living Standard, section 13.1.2.3).
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    static func nonce() -> String { Randomness.system.base62(22) }

    /// The whole document around a page's own lines.
    static func document(_ title: String, _ body: String, nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escaped(title))</title>
        <style nonce="\(nonce)">
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 22rem; margin: 15vh auto 0; padding: 0 1rem }
        label { display: block; margin-top: 1rem }
        input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .25rem }
        button { font: inherit; margin-top: 1.5rem; padding: .5rem 1.5rem }
        .trouble { border-left: .25rem solid #c33; padding-left: .75rem }
        .hint { opacity: .75 }
        </style>
        </head>
        <body>
        <main>
        <h1>\(escaped(title))</h1>
        \(body)
        </main>
        </body>
        </html>

        """
    }

    /// - Parameters:
    ///   - nonce: of the page's style.
    ///   - target: an origin that a form's answer may lead to, beside this one.
    static func response(_ status: Int, _ text: String, nonce: String? = nil, leadsTo target: String? = nil) -> Response
    {
        var response = Response.bytes(Array(text.utf8), status: status, as: "text/html; charset=utf-8")
        let style = nonce ?? styleNonce(in: text)
        let forms = "form-action 'self'" + (target.map { " \($0)" } ?? "")
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src \(style.map { "'nonce-\($0)'" } ?? "'none'"); \(forms); frame-ancestors 'none'; "
            + "base-uri 'none'"
        // Enough for the form to show where it comes from, and nothing for others.
        if let name = HTTPFields.Element.Name("referrer-policy") { response.headers[name] = "same-origin" }
        if let name = HTTPFields.Element.Name("x-frame-options") { response.headers[name] = "DENY" }
        return response
    }

    private static func styleNonce(in text: String) -> String? {
        guard let start = text.firstRange(of: "<style nonce=\"")?.upperBound else { return nil }
        return String(text[start...].prefix { $0 != "\"" })
    }

    /// Sends a browser elsewhere, with a GET (RFC 9110, section 15.4.4).
    static func redirect(_ location: String) -> Response {
        var response = Response.bytes([], status: 303, as: "text/html; charset=utf-8")
        response.headers[.location] = location
        if let name = HTTPFields.Element.Name("referrer-policy") { response.headers[name] = "no-referrer" }
        return response
    }
}

struct SignInForm {
    var next: String
    var proof: String?
    var csrf: String
    var user: String
    var trouble: String?
    var hasProvider: Bool

    func text(_ nonce: String) -> String {
        var lines: [String] = []
        if let trouble { lines.append("<p class=\"trouble\" role=\"alert\">\(HTMLPage.escaped(trouble))</p>") }
        lines += [
            "<form method=\"post\" action=\"/sign-in\">", Self.hidden("csrf", csrf), Self.hidden("next", next),
        ]
        if let proof { lines.append(Self.hidden("proof", proof)) }
        lines += [
            "<label>Name <input name=\"user\" autocomplete=\"username\" autocapitalize=\"none\" required "
                + "value=\"\(HTMLPage.escaped(user))\"\(user.isEmpty ? " autofocus" : "")></label>",
            "<label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required"
                + "\(user.isEmpty ? "" : " autofocus")></label>",
            "<label>Code of your authenticator app, if you have one <input name=\"code\" inputmode=\"numeric\" "
                + "autocomplete=\"one-time-code\" maxlength=\"8\"></label>",
            "<button>Sign in</button>", "</form>",
        ]
        if hasProvider {
            let back = "/sign-in?next=\(PercentEncoding.encode(next))" + (proof.map { "&proof=\($0)" } ?? "")
            let target = "/api/v1/oidc/login?next=\(PercentEncoding.encode(back))"
            lines.append("<p><a href=\"\(HTMLPage.escaped(target))\">Sign in at the identity provider</a></p>")
        }
        return HTMLPage.document("Sign in", lines.joined(separator: "\n"), nonce: nonce)
    }

    static func hidden(_ name: String, _ value: String) -> String {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(HTMLPage.escaped(value))\">"
    }
}

struct SignOutForm {
    var csrf: String

    func text(_ nonce: String) -> String {
        let lines = [
            "<form method=\"post\" action=\"/sign-out\">", SignInForm.hidden("csrf", csrf), "<button>Sign out</button>",
            "</form>",
        ]
        return HTMLPage.document("Sign out", lines.joined(separator: "\n"), nonce: nonce)
    }
}

/// One sentence, and what helps.
struct MessagePage {
    var message: String
    var hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    func text(_ nonce: String) -> String {
        var lines = ["<p>\(HTMLPage.escaped(message))</p>"]
        if let hint { lines.append("<p class=\"hint\">\(HTMLPage.escaped(hint))</p>") }
        lines.append("<p><a href=\"/sign-in\">Sign in</a></p>")
        return HTMLPage.document("Homie", lines.joined(separator: "\n"), nonce: nonce)
    }
}

/// A page that goes on by itself.
struct HopPage {
    var target: String

    func text() -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Homie</title>
        <meta http-equiv="refresh" content="0; url=\(HTMLPage.escaped(target))"></head>
        <body><p><a href="\(HTMLPage.escaped(target))">Go on</a></p></body></html>

        """
    }
}
