internal import FoundationEssentials
internal import HomieConsole
internal import HomieModel
internal import HomieUpdate
internal import Synchronization

/// Tells how an install goes: in the report that the API shows, and on the terminal.
final class Reporter: Sendable {
    private let reports: InstallReports
    private let printer: ProgressPrinter
    private let report: Mutex<InstallReport>
    private let errors: ConsoleStream

    init(_ reports: InstallReports, source: String?, printer: ProgressPrinter, errors: ConsoleStream) {
        self.reports = reports
        self.printer = printer
        self.errors = errors
        report = Mutex(
            InstallReport(source: source, state: .running, message: "checking", startedAt: Surroundings.now)
        )
        change { _ in }
    }

    func progress(_ percentage: Int, _ message: String) {
        printer.report(percentage, message)
        let isNews = report.withLock { $0.percentage != percentage || $0.message != message }
        if isNews {
            change { report in
                report.percentage = percentage
                report.message = message
            }
        }
    }

    /// Something a person may want to know, and that changes nothing.
    func note(_ line: String) {
        // The install matters more than what is told of it.
        try? errors.print(SafeText.line(line))
    }

    func begin(_ version: SystemVersion) { change { $0.version = version } }

    func end(_ state: InstallReport.State, _ message: String) {
        change { report in
            report.state = state
            report.percentage = 100
            report.message = message
        }
    }

    func fail(_ error: any Error) {
        let known = error as? any UserFacingError
        change { report in
            report.state = .failed
            report.message = known?.summary ?? String(describing: error)
            report.hint = known?.hint
            report.failure = known?.kind ?? .failed
        }
    }

    private func change(_ body: (inout InstallReport) -> Void) {
        let changed = report.withLock { report in
            body(&report)
            return report
        }
        do {
            try reports.put(changed)
        } catch {
            // The install matters more than its report.
            try? errors.print("the report cannot be written: \(error.summary)")
        }
    }
}
