extension JobStatus {
    /// Programs that make backups.
    private static let programs: Set<String> = [
        "restic", "borg", "pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mongodump",
    ]

    /// Its name or its command says that it makes copies of what cannot be made again.
    public var makesBackups: Bool {
        let name = name.job.text.lowercased()
        if name.contains("backup") || name.contains("dump") { return true }
        let words = (command ?? []).flatMap { $0.split(separator: " ") }
        return words.contains { Self.programs.contains(String($0.split(separator: "/").last ?? "")) }
    }
}
