import HomieAPI
import HomieModel
import Testing

@Suite("Who may do what")
struct RequirementTests {
    @Test func `nothing that changes a stack is open or a viewer's`() {
        for operation in Operation.allCases where Endpoint.of(operation).path.contains("/stacks") {
            guard case .role(let role, let scope) = operation.requirement else {
                Issue.record("\(operation) asks for no role")
                continue
            }
            if Endpoint.of(operation).method != .get { #expect(role >= .operator, "\(operation)") }
            #expect(scope.area == .stacks)
        }
    }

    @Test func `a Compose file is taken from an admin only`() {
        for operation in Operation.allCases where Endpoint.of(operation).method == .put {
            guard case .role(let role, let scope) = operation.requirement, scope.area == .stacks else { continue }
            #expect(role == .admin && scope.level == .write, "\(operation)")
        }
    }

    @Test func `writing includes reading, of the same area only`() throws {
        #expect(Scope(.stacks, .write).includes(Scope(.stacks, .read)))
        #expect(!Scope(.stacks, .read).includes(Scope(.stacks, .write)))
        #expect(!Scope(.access, .write).includes(Scope(.stacks, .read)))
        #expect(try Scope(parsing: "backups:read") == Scope(.backups, .read))
        #expect(throws: AccessNameError.self) { try Scope(parsing: "stacks") }
        #expect(throws: AccessNameError.self) { try Scope(parsing: "stacks:write:") }
    }

    @Test func `a user's name is a plain word`() throws {
        #expect(try UserName(parsing: "ann.o_1@home").text == "ann.o_1@home")
        for text in ["", "Ann", "-ann", "ann smith", "ann/..", "änn", String(repeating: "a", count: 64)] {
            #expect(throws: AccessNameError.self) { try UserName(parsing: text) }
        }
    }
}
