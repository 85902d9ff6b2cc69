public import HomieSupervisor

extension DockerEngine: RegistryLogins {
    public func password(for registry: String) async throws -> RegistryPassword? {
        guard let login = try await credentials.login(for: registry), let user = login.username,
            let password = login.password
        else { return nil }
        return RegistryPassword(user: user, password: password)
    }
}
