public import HomieModel

extension APIClient {
    public func routes() async throws -> [RouteStatus] {
        let answer: RoutesAnswer = try await call(.listRoutes)
        return answer.routes
    }

    /// Makes or replaces a route.
    /// - Parameter block: `service` and `port`, or `address`, and the keys of `x-homie.gateway`.
    public func put(_ block: JSONValue, as name: RouteName) async throws -> HandRouteAnswer {
        try await call(.putRoute, path: ["route": name.text], body: block)
    }

    /// Removes a route that was made by hand, and returns it.
    public func removeRoute(_ name: RouteName) async throws -> HandRouteAnswer {
        try await call(.removeRoute, path: ["route": name.text])
    }

    public func certificates() async throws -> [CertificateStatus] {
        let answer: CertificatesAnswer = try await call(.listCertificates)
        return answer.certificates
    }

    public func authority() async throws -> AuthorityCertificate { try await call(.getAuthority) }

    /// The way a request would take.
    public func trace(_ url: String, asks: Bool) async throws -> RouteTrace {
        try await call(.traceRoute, body: RouteTraceRequest(url: url, asks: asks))
    }
}
