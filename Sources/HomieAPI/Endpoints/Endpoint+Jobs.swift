import HomieModel

extension Endpoint {
    private static let job = "/api/v1/jobs/{stack}/{job}"
    private static let run = "/api/v1/job-runs/{run}"

    static let jobs = jobTable + jobRuns

    private static let jobTable = [
        Endpoint(
            .listJobs,
            .get,
            "/api/v1/jobs",
            "All jobs, when they run next and how they did last",
            query: [QueryParameter("stack", .stack, "only this stack's")],
            answers: [Answer(200, "the jobs", .reference("Jobs"))],
            errors: [.usage]
        ),
        Endpoint(
            .getJob,
            .get,
            job,
            "One job and how it does",
            answers: [Answer(200, "the job", .reference("Job"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .putJob,
            .put,
            job,
            "Makes or replaces a job beside those of the stack's Compose file",
            body: .reference("JobRequest"),
            answers: [Answer(200, "the job", .reference("Job"))],
            errors: [.usage, .notFound, .conflict, .tooLarge]
        ),
        Endpoint(
            .removeJob,
            .delete,
            job,
            "Removes a job that was made through the API; what runs of it is stopped",
            answers: [Answer(200, "it is gone; the jobs that are left", .reference("Jobs"))],
            errors: [.usage, .notFound, .conflict]
        ),
        Endpoint(
            .runJob,
            .post,
            job + "/runs",
            "Starts a run of a job now",
            answers: [Answer(202, "the run; ask for it to see how it ends", .reference("JobRun"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .listJobTimes,
            .get,
            job + "/next",
            "When a job runs next by the clock",
            query: [QueryParameter("count", .integer(1...1000), "so many times; 5 when absent")],
            answers: [Answer(200, "the times", .reference("JobTimes"))],
            errors: [.usage, .notFound]
        ),
    ]

    private static let jobRuns = [
        Endpoint(
            .listJobRuns,
            .get,
            "/api/v1/job-runs",
            "Runs of jobs, open ones and those that are over, newest first",
            query: [
                QueryParameter("stack", .stack, "only this stack's"),
                QueryParameter("job", .service, "only those of jobs of this name"),
                QueryParameter("before", .integer(1...Int64.max), "only those with a smaller ID"),
                QueryParameter("limit", .integer(1...1000), "the newest so many; 50 when absent"),
            ],
            answers: [Answer(200, "the runs", .reference("JobRuns"))],
            errors: [.usage]
        ),
        Endpoint(
            .getJobRun,
            .get,
            run,
            "One run of a job",
            answers: [Answer(200, "the run", .reference("JobRun"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .cancelJobRun,
            .post,
            run + "/cancel",
            "Ends a run; one that is over stays as it is",
            answers: [Answer(202, "the run; it ends soon", .reference("JobRun"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .readJobLog,
            .get,
            run + "/logs",
            "What a run wrote, oldest line first, one JSON value on each line",
            query: [QueryParameter("follow", .flag, "go on until the run is over")],
            answers: [Answer(200, "the lines", .reference("LogLine"), as: ContentType.lines)],
            errors: [.usage, .notFound]
        ),
    ]
}
