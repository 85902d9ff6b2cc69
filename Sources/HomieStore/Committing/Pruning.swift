import GRDB
import HomieModel
import HomieSupervisor

/// Deletes what ``RetentionLimits`` let go, in short transactions, so that commits wait little.
struct Pruning {
    let limits: RetentionLimits
    /// nil: nothing goes for its age.
    let now: Timestamp?

    /// So many rows go in one transaction at most.
    static let step = 2000

    /// One statement each; the rows it deletes are bounded by ``step``.
    var statements: [(sql: String, arguments: StatementArguments)] {
        [
            (
                """
                DELETE FROM events WHERE id IN (
                    SELECT id FROM events
                    WHERE id < (SELECT max(id) FROM events)
                        AND (at < ?1 OR id NOT IN (SELECT id FROM events ORDER BY id DESC LIMIT ?2))
                    ORDER BY id LIMIT ?3)
                """,
                [horizon(limits.events), limits.events.count, Self.step]
            ),
            (
                """
                DELETE FROM deployments WHERE id IN (
                    SELECT id FROM deployments
                    WHERE id < (SELECT max(id) FROM deployments) AND state <> 'running'
                        AND (started_at < ?1 OR id NOT IN (SELECT id FROM deployments ORDER BY id DESC LIMIT ?2))
                    ORDER BY id LIMIT ?3)
                """,
                [horizon(limits.deployments), limits.deployments.count, Self.step]
            ),
            (
                """
                DELETE FROM health WHERE id IN (
                    SELECT id FROM health
                    WHERE at < ?1 OR id NOT IN (SELECT id FROM health ORDER BY id DESC LIMIT ?2)
                    ORDER BY id LIMIT ?3)
                """,
                [horizon(limits.health), limits.health.count, Self.step]
            ),
            (
                """
                DELETE FROM revisions WHERE rowid IN (
                    SELECT old.rowid FROM revisions AS old JOIN stacks ON stacks.name = old.stack
                    WHERE old.number <> stacks.revision AND old.number IS NOT stacks.last_good_revision
                        AND (SELECT count(*) FROM revisions AS newer
                             WHERE newer.stack = old.stack AND newer.number > old.number) >= ?1
                    LIMIT ?2)
                """,
                [limits.revisionsPerStack, Self.step]
            ),
            (
                """
                DELETE FROM issues WHERE id IN (
                    SELECT id FROM issues WHERE closed_at IS NOT NULL
                        AND (closed_at < ?1 OR id NOT IN (SELECT id FROM issues ORDER BY opened_at DESC LIMIT ?2))
                    LIMIT ?3)
                """,
                [horizon(limits.health), 1000, Self.step]
            ),
            (
                """
                DELETE FROM job_runs WHERE id IN (
                    SELECT id FROM job_runs
                    WHERE id < (SELECT max(id) FROM job_runs)
                        AND (coalesce(ended_at, due) < ?1 OR id NOT IN (SELECT id FROM job_runs ORDER BY id DESC LIMIT ?2))
                    ORDER BY id LIMIT ?3)
                """,
                [horizon(limits.jobs), limits.jobs.count, Self.step]
            ),
            (
                """
                DELETE FROM job_totals WHERE rowid IN (
                    SELECT rowid FROM job_totals AS total
                    WHERE NOT EXISTS (SELECT 1 FROM job_runs WHERE stack = total.stack AND job = total.job)
                        AND (last_at < ?1 OR rowid NOT IN (SELECT rowid FROM job_totals ORDER BY last_at DESC LIMIT ?2))
                    LIMIT ?3)
                """,
                [horizon(limits.jobs), limits.jobs.count, Self.step]
            ),
            (
                """
                DELETE FROM image_signatures WHERE rowid NOT IN (
                    SELECT rowid FROM image_signatures ORDER BY checked_at DESC LIMIT ?1)
                """,
                [2000]
            ),
            (
                "DELETE FROM damages WHERE id NOT IN (SELECT id FROM damages ORDER BY id DESC LIMIT ?1) AND is_seen = 1",
                [20]
            ),
        ]
    }

    private func horizon(_ limit: RetentionLimits.Limit) -> Int64 {
        guard let now else { return .min }
        let (time, overflow) = now.nanoseconds.subtractingReportingOverflow(limit.age.nanoseconds)
        return overflow ? .min : time
    }
}
