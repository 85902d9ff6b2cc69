public import Foundation
import Glibc

/// A process that did not end in time, with what it was doing.
public struct ProcessStillRunning: Error, CustomStringConvertible {
    public let description: String
}

extension Process {
    /// Waits until the process has ended.
    ///
    /// Neither `waitUntilExit()`, which waits without end, nor `isRunning`: both wait until everything has ended that the
    /// process started, too.
    ///
    /// - Parameter limit: after it the process is killed.
    /// - Returns: its exit code, or the number of the signal that ended it.
    /// - Throws: ``ProcessStillRunning`` after the limit.
    @discardableResult
    public func waitUntilEnded(within limit: Duration = .seconds(120)) throws -> Int32 {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            if !isRunning { return terminationStatus }
            var information = siginfo_t()
            // Looked at, not collected: that is Foundation's to do.
            let found = waitid(P_PID, id_t(processIdentifier), &information, WEXITED | WNOHANG | WNOWAIT)
            if found == 0, information._sifields._sigchld.si_pid == processIdentifier {
                return information._sifields._sigchld.si_status
            }
            guard clock.now < end else {
                let threads = Threads.description(of: processIdentifier)
                kill(processIdentifier, SIGKILL)
                let name = executableURL?.lastPathComponent ?? "a process"
                throw ProcessStillRunning(description: "\(name) did not end within \(limit); its threads:\n\(threads)")
            }
            usleep(5_000)
        }
    }
}

/// Waits for a child process that was not started through Foundation.
///
/// - Returns: its wait status (waitpid(2)).
/// - Throws: ``ProcessStillRunning`` after the limit; the process is killed then.
@discardableResult
public func waitUntilEnded(_ child: pid_t, within limit: Duration = .seconds(120)) throws -> Int32 {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var status: Int32 = 0
    while true {
        let result = waitpid(child, &status, WNOHANG)
        if result == child || (result < 0 && errno != EINTR) { return status }
        guard clock.now < end else {
            let threads = Threads.description(of: child)
            kill(child, SIGKILL)
            waitpid(child, &status, 0)
            throw ProcessStillRunning(
                description: "process \(child) did not end within \(limit); its threads:\n\(threads)"
            )
        }
        usleep(5_000)
    }
}

/// What the threads of a process wait for, as the kernel tells (proc(5)).
private enum Threads {
    static func description(of process: pid_t) -> String {
        let directory = "/proc/\(process)/task"
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return tasks.sorted().map { task in
            let facts = ["comm", "wchan", "stack"].compactMap { file in
                (try? String(contentsOfFile: "\(directory)/\(task)/\(file)", encoding: .utf8))?
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
            return task + ": " + facts.joined(separator: " | ")
        }.joined(separator: "\n")
    }
}
