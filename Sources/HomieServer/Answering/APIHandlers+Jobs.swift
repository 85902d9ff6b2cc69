import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird
import ServiceLifecycle

extension APIHandlers {
    /// The operations of jobs.
    func jobs(_ route: Route, _ query: Query, _ request: Request) async throws -> Response {
        guard let jobs else {
            switch route.endpoint.operation {
            case .listJobs: return .json(JobsAnswer(jobs: []))
            case .listJobRuns: return .json(JobRunsAnswer(runs: []))
            default: throw NoJobs()
            }
        }
        let inspection = jobs.inspectJobs()
        switch route.endpoint.operation {
        case .getJob: return .json(try await inspection.job(try route.job))
        case .putJob:
            let body = try await request.checkedBody(of: route.endpoint)
            return .json(try await jobs.put(try route.job, body ?? .null))
        case .removeJob:
            try await jobs.remove(try route.job)
            return .json(JobsAnswer(jobs: try await inspection.jobs()))
        case .runJob:
            let run = try await jobs.run(try route.job)
            var response = Response.json(run, status: 202)
            response.headers[.location] = "/api/v1/job-runs/\(run.id)"
            return response
        case .listJobTimes:
            let times = try await inspection.nextRuns(of: try route.job, count: Int(query.integer("count") ?? 5))
            return .json(JobTimesAnswer(job: try route.job, times: times))
        case .listJobRuns:
            let wanted = JobRunQuery(
                stack: query.stack("stack"),
                job: query.service("job"),
                before: query.integer("before"),
                limit: Int(query.integer("limit") ?? 50)
            )
            return .json(JobRunsAnswer(runs: try await inspection.runs(wanted)))
        case .getJobRun: return .json(try await inspection.run(try route.run))
        case .cancelJobRun: return .json(try await jobs.cancel(try route.run), status: 202)
        case .readJobLog: return try await jobLog(try route.run, query, request, inspection)
        default:
            let all = try await inspection.jobs().filter { query.stack("stack") ?? $0.name.stack == $0.name.stack }
            return .json(JobsAnswer(jobs: all))
        }
    }

    private func jobLog(
        _ run: Int64,
        _ query: Query,
        _ request: Request,
        _ inspection: any JobInspection
    ) async throws -> Response {
        let lines = try await inspection.log(of: run, follows: query.flag("follow"))
        return stream(request, as: ContentType.lines) { writer in
            for await line in lines.cancelOnGracefulShutdown() {
                try await writer.write(try Self.bytes(of: line))
            }
        }
    }
}

/// The answer to questions about jobs of a server that was given none.
struct NoJobs: UserFacingError {
    let summary = "this server has no jobs"
    let kind = ErrorKind.notFound
}

extension Route {
    /// - Throws: `NameError`
    fileprivate var job: JobName {
        get throws {
            JobName(
                try StackName(parsing: parameters["stack"] ?? ""),
                try ServiceName(parsing: parameters["job"] ?? "")
            )
        }
    }

    fileprivate var run: Int64 {
        get throws {
            let text = parameters["run"] ?? ""
            guard let id = Int64(text), id >= 1 else { throw RequestError.badRun(text) }
            return id
        }
    }
}
