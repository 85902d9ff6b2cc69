import HomieAccess
import Hummingbird

extension Response {
    /// An answer without a known end, which tells nothing more, and ends, once whoever asked may no longer ask. That is looked at
    /// with each piece; streams that are silent send a heartbeat now and then.
    func held(by principal: Principal, _ access: AccessControl) -> Response {
        guard body.contentLength == nil else { return self }
        var response = self
        response.body = body.map { piece in
            guard await access.holds(principal) else { throw AccessError.badSession("of a session that has ended") }
            return piece
        }
        return response
    }
}
