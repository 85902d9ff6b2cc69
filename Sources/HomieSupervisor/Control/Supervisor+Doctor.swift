public import HomieModel
import HomiePlanning

extension Supervisor {
    public func doctor() async -> [Finding] {
        await examine()
        return IssuePlanner.findings(await checkup())
    }
}
