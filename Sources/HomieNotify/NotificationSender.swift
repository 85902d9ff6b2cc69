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
            return Self.outcome(fault)
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

    private static func outcome(_ fault: MessageFault) -> SendOutcome {
        switch fault {
        case .notAllowed:
            .impossible("its address is one of the local network or of this device, which this route does not allow")
        case .badAddress: .impossible("its address cannot be used")
        case .unreachable(let reason): .unreachable(reason)
        case .refused(let status, let reason): .refused("\(reason) (\(status))", retryAfter: nil)
        }
    }
}
