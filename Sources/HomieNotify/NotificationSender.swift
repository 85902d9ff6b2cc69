public import HomieModel
public import HomieSupervisor
import HomieTransfer

/// Sends notifications by mail, to ntfy and Gotify, and to webhooks.
public struct NotificationSender: AlertSender {
    private let device: String
    private let release: String
    private let now: @Sendable () -> Timestamp
    private let certificateAuthority: String?

    /// - Parameters:
    ///   - device: this device's name, as receivers see it.
    ///   - release: goes into `User-Agent`.
    ///   - certificateAuthority: a file of authorities to trust; nil for the system's.
    public init(
        device: String,
        release: String,
        certificateAuthority: String? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.device = device
        self.release = release
        self.certificateAuthority = certificateAuthority
        self.now = now
    }

    public func send(_ notification: AlertNotification, id: String, to route: AlertRoute, secret: String?) async
        -> SendOutcome
    {
        // What goes into a header field or a command must not end it.
        if let secret, !secret.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            return .impossible("its secret has characters that cannot be sent")
        }
        let letter = Letter(
            notification: notification,
            id: id,
            route: route,
            secret: secret,
            device: device,
            now: now()
        )
        do {
            var message = try letter.message()
            message.policy = route.allowsLocal ? .local : .global
            message.userAgent = "homie/\(release)"
            message.certificateAuthority = certificateAuthority
            return Self.outcome(try await message.send(), isMail: route.kind == .smtp)
        } catch let fault as MessageFault {
            return Self.outcome(fault, of: route)
        } catch {
            return .impossible("\(error)")
        }
    }

    private static func outcome(_ answer: MessageAnswer, isMail: Bool) -> SendOutcome {
        switch answer.status {
        case 200..<300: return .delivered
        case 410: return .impossible("the receiver says that it is gone for good (410)")
        case 300..<400:
            return .refused(
                "the receiver wants to send us elsewhere (\(answer.status)), which is not followed",
                retryAfter: nil
            )
        default:
            let wait = answer.fields["retry-after"].flatMap { Double($0) }.map {
                TimeSpan.seconds(min(86_400, max(0, $0)))
            }
            let said = answer.excerpt.split(whereSeparator: \.isNewline).first.map { ": \($0.prefix(120))" } ?? ""
            return .refused("the receiver answered \(answer.status)\(said)", retryAfter: wait)
        }
    }

    static func outcome(_ fault: MessageFault, of route: AlertRoute) -> SendOutcome {
        switch fault {
        case .notAllowed:
            let reason = "its address is one of the local network or of this device, which this route does not allow"
            // A name may lead there for a while alone: a portal, or a name server that filters, answers so.
            return route.namesAnAddress ? .impossible(reason) : .refused(reason, retryAfter: nil)
        case .badAddress: return .impossible("its address cannot be used")
        case .unreachable(let reason): return .unreachable(reason)
        case .refused(let status, let reason): return .refused("\(reason) (\(status))", retryAfter: nil)
        }
    }
}

extension AlertRoute {
    /// Its URL has no name of a host in it that another address could be found for.
    var namesAnAddress: Bool {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.hasPrefix("[") else { return true }
        let host = authority.prefix { $0 != ":" }.lowercased()
        // What ends with a number is an address, however short it is written (WHATWG URL, 4.5).
        let last = host.split(separator: ".").last ?? ""
        let isNumber = last.allSatisfy(\.isWholeNumber) || last.hasPrefix("0x")
        return host.isEmpty || isNumber || last == "localhost"
    }
}
