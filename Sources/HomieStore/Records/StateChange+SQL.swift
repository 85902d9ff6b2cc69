import GRDB
import HomieModel
import HomieSupervisor

/// Writing changes. Rows are updated in place, so that columns a newer release added keep their values.
extension StateChange {
    func write(to database: Database, sealing box: SecretBox) throws {
        switch self {
        case .putStack(let stack): try stack.write(to: database)
        case .removeStack(let name):
            try database.run("DELETE FROM stacks WHERE name = ?", [name.text])
            try database.run("DELETE FROM rollouts WHERE stack = ?", [name.text])
            try database.run("DELETE FROM image_checks WHERE stack = ?", [name.text])
            // What the cascade left: revisions written earlier in this commit, before their stack.
            try database.run("DELETE FROM revisions WHERE stack = ?", [name.text])
        case .putRevision(let revision): try revision.write(to: database, sealing: box)
        case .putDeployment(let deployment): try deployment.write(to: database)
        case .appendEvent(let event):
            var rows = EventRows(database)
            try rows.append(event)
            try rows.flush()
        case .putContainer(let container): try container.write(to: database)
        case .removeContainer(let id):
            try database.run("DELETE FROM containers WHERE id = ?", [id])
        case .appendHealth(let record): try record.write(to: database)
        case .putRollout(let record): try record.write(to: database)
        case .putImageCheck(let check): try check.write(to: database)
        case .keepServices(let name, let services):
            let names = try RecordJSON.text(services.map(\.text).sorted(), of: "the services of '\(name)'")
            for table in ["rollouts", "image_checks"] {
                try database.run(
                    "DELETE FROM \(table) WHERE stack = ? AND service NOT IN (SELECT value FROM json_each(?))",
                    [name.text, names]
                )
            }
        case .putSignature(let record): try record.write(to: database)
        case .putHealing(let record): try record.write(to: database)
        case .putIssue(let issue): try issue.write(to: database)
        case .closeIssue(let id, let at):
            try database.run("UPDATE issues SET closed_at = ? WHERE id = ?", [at.nanoseconds, id])
        case .putRoute(let route): try route.write(to: database, sealing: box)
        case .removeRoute(let name): try database.run("DELETE FROM hand_routes WHERE name = ?", [name.text])
        case .removeHealing(let stack, nil): try database.run("DELETE FROM healing WHERE stack = ?", [stack.text])
        case .removeHealing(let stack, let instance?):
            try database.run("DELETE FROM healing WHERE stack = ? AND instance = ?", [stack.text, instance])
        }
    }
}

extension Database {
    /// Executes a statement that is prepared once and kept.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

extension StackRecord {
    fileprivate func write(to database: Database) throws {
        let stopped = try RecordJSON.text(stoppedByHand, of: "stack '\(name)'")
        let asked = try RecordJSON.text(intent, of: "stack '\(name)'")
        let locks = try RecordJSON.text(updateLocks, of: "stack '\(name)'")
        try database.run(
            """
            INSERT INTO stacks (name, revision, last_good_revision, is_leaving, removes_volumes, stopped_by_hand,
                update_locks, intent, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET revision = excluded.revision,
                last_good_revision = excluded.last_good_revision, is_leaving = excluded.is_leaving,
                removes_volumes = excluded.removes_volumes, stopped_by_hand = excluded.stopped_by_hand,
                update_locks = excluded.update_locks, intent = excluded.intent,
                created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            [
                name.text, revision, lastGoodRevision, isLeaving, removesVolumes, stopped, locks, asked,
                createdAt.nanoseconds, updatedAt.nanoseconds,
            ]
        )
    }
}

extension RevisionRecord {
    /// The definition is sealed: it holds the content of secrets, and passwords as people write them into `environment`.
    fileprivate func write(to database: Database, sealing box: SecretBox) throws {
        let what = "revision \(number) of stack '\(stack)'"
        try database.run(
            """
            INSERT INTO revisions (stack, number, definition, images, origin, created_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (stack, number) DO UPDATE SET definition = excluded.definition, images = excluded.images,
                origin = excluded.origin, created_at = excluded.created_at
            """,
            [
                stack.text, number, try RecordJSON.sealed(definition, of: what, by: box),
                try RecordJSON.text(images, of: what),
                origin.storable, createdAt.nanoseconds,
            ]
        )
    }
}

extension DeploymentRecord {
    fileprivate func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO deployments (id, stack, revision, kind, state, started_at, ended_at, cause)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET stack = excluded.stack, revision = excluded.revision, kind = excluded.kind,
                state = excluded.state, started_at = excluded.started_at, ended_at = excluded.ended_at,
                cause = excluded.cause
            """,
            [
                id, stack.text, revision, kind.rawValue, state.rawValue, startedAt.nanoseconds, endedAt?.nanoseconds,
                cause?.storable,
            ]
        )
    }
}

extension ObservedContainer {
    /// What is known of it is not sealed, so its definition, which revisions hold, is left out; earlier releases had
    /// passwords in that label.
    fileprivate func write(to database: Database) throws {
        var kept = self
        kept.labels[ContainerLabels.definition] = nil
        try database.run(
            """
            INSERT INTO containers (id, observation, created_at, started_at, finished_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET observation = excluded.observation, created_at = excluded.created_at,
                started_at = excluded.started_at, finished_at = excluded.finished_at
            """,
            [
                id, try RecordJSON.text(kept, of: "container '\(name)'"), createdAt.nanoseconds, startedAt?.nanoseconds,
                finishedAt?.nanoseconds,
            ]
        )
    }
}

extension HealthRecord {
    fileprivate func write(to database: Database) throws {
        try database.run(
            "INSERT INTO health (stack, service, container, health, at, output) VALUES (?, ?, ?, ?, ?, ?)",
            [stack.text, service.text, container, health.rawValue, at.nanoseconds, output?.storable]
        )
    }
}
