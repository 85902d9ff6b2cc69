public import HomieModel
import HomiePlanning

extension Supervisor {
    public func doctor() async -> [Finding] {
        await examine()
        var findings = IssuePlanner.findings(await checkup())
        if let jobs { findings += await jobs.findings() }
        return findings
    }
}
