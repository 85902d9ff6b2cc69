public import HomieAccess
import Synchronization

/// Users, tokens, sessions and the audit log in memory, as durable as the process.
public final class MemoryAccessStore: AccessStore {
    private let kept = Mutex((state: AccessState(), audit: [AuditRecord]()))

    public init() {}

    public func access() async throws -> AccessState { kept.withLock { $0.state } }

    public func commit(_ changes: [AccessChange]) async throws {
        try kept.withLock { locked in
            // All of them or none.
            var kept = locked
            for change in changes {
                switch change {
                case .putUser(let user):
                    kept.state.users.removeAll { $0.name == user.name }
                    kept.state.users.append(user)
                case .removeUser(let name):
                    kept.state.users.removeAll { $0.name == name }
                    kept.state.tokens.removeAll { $0.user == name }
                    kept.state.sessions.removeAll { $0.user == name }
                case .putToken(let token):
                    kept.state.tokens.removeAll { $0.id == token.id }
                    kept.state.tokens.append(token)
                case .removeToken(let id): kept.state.tokens.removeAll { $0.id == id }
                case .putSession(let session):
                    kept.state.sessions.removeAll { $0.id == session.id }
                    kept.state.sessions.append(session)
                case .renewSession(let session):
                    guard let place = kept.state.sessions.firstIndex(where: { $0.id == session.id }) else {
                        throw AccessError.noSession(session.id)
                    }
                    kept.state.sessions[place] = session
                case .removeSession(let id): kept.state.sessions.removeAll { $0.id == id }
                case .audit(var record):
                    record.id = Int64(kept.audit.count + 1)
                    kept.audit.append(record)
                }
            }
            locked = kept
        }
    }

    public func audit(_ query: AuditQuery) async throws -> [AuditRecord] {
        kept.withLock { kept in
            Array(kept.audit.reversed().filter { $0.id < query.before ?? .max }.prefix(query.limit))
        }
    }
}
