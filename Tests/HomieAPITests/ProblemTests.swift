import HomieAPI
import HomieModel
import Testing

@Suite("Problem documents")
struct ProblemTests {
    struct Inner: Error, CustomStringConvertible { let description = "no route to host" }

    struct Middle: UserFacingError {
        let summary = "the registry does not answer"
        let kind = ErrorKind.unreachable
        var underlying: (any Error)? { Inner() }
    }

    struct Outer: UserFacingError {
        let summary = "the image 'nginx' cannot be had"
        let hint: String? = "check the network"
        let kind: ErrorKind
        var underlying: (any Error)? { Middle() }
    }

    @Test("an error of every kind comes back from the wire as it was", arguments: ErrorKind.allCases)
    func roundTrip(kind: ErrorKind) throws {
        let bytes = try JSONText.bytes(ProblemDocument(Outer(kind: kind)))
        let document = try JSONText.value(ProblemDocument.self, from: bytes)
        let error = APIError.problem(document)
        #expect(document.status == kind.httpStatus)
        #expect(document.type == "urn:homie:problem:\(kind.rawValue)")
        #expect(error.kind == kind)
        #expect(error.description == Outer(kind: kind).description)
    }

    @Test("an error that is not for users becomes a failure that keeps its text as cause")
    func foreign() {
        let document = ProblemDocument(Inner())
        #expect(document.status == 500 && document.kind == .failed)
        #expect(document.causes == ["no route to host"])
    }

    @Test("statuses say more than kinds where HTTP has more")
    func statuses() {
        #expect(ProblemDocument(RequestError.methodNotAllowed("PATCH", "/x", allowed: [.get])).status == 405)
        #expect(ProblemDocument(RequestError.notJSON(contentType: nil)).status == 415)
        #expect(ProblemDocument(RequestError.bodyTooLarge(limit: ByteCount(bytes: 8 << 20))).status == 413)
        #expect(ProblemDocument(RequestError.unknownPath("/x")).status == 404)
    }

    @Test("a body's faults are listed with their places")
    func violations() {
        let found = [SchemaViolation(path: "/options/pulls", message: "is not true or false")]
        let document = ProblemDocument(RequestError.badBody(found))
        #expect(document.errors == found)
        #expect(document.detail == "in the body '/options/pulls' is not true or false")
    }
}
