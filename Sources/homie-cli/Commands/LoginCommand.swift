internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie login`
struct Login: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Signs in to another device, for the commands that follow.",
        discussion: """
            The session is kept in ~/.config/homie/credentials.json, which only you can read, and renewed as needed.

            Example:
              homie login https://homie.local --user ann --ca-file root.pem
              homie ps --host https://homie.local
            """
    )

    @Argument(help: "The device, https://NAME[:PORT].")
    var device: String
    @Option(help: "The user; asked for when it is not given.")
    var user: UserName?
    @Option(
        name: .customLong("password-file"),
        help: ArgumentHelp(
            "A file with the password; '-' reads standard input. Asked for when it is not given.",
            valueName: "path"
        ),
        completion: .file()
    )
    var passwordFile: String?
    @Flag(
        name: .customLong("device"),
        help: "Show a code that somebody who is signed in elsewhere lets this device in with ('homie session allow')."
    )
    var showsCode = false
    @Option(help: "The code of the authenticator app; asked for when it is needed.")
    var code: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        guard case .web(let address) = try DeviceAddress(parsing: device) else {
            throw CommandError.unsupportedHost(device)
        }
        let prompt = Prompt(surroundings: surroundings)
        let transport = try connection.web(address, in: surroundings)
        if showsCode {
            return try await finish(
                try await awaitDecision(transport.anonymous, surroundings),
                address,
                transport,
                surroundings
            )
        }
        let name = try user ?? prompt.userName()
        let password = try prompt.secret("Password", from: passwordFile)
        let client = transport.anonymous
        let grant: GrantAnswer
        do {
            grant = try await client.signIn(SignInRequest(user: name, password: password, code: code))
        } catch let error as APIError where error.needsCode && code == nil && surroundings.input.isTerminal {
            let given = try prompt.secret("Code of the authenticator app", from: nil)
            grant = try await client.signIn(SignInRequest(user: name, password: password, code: given))
        }
        return try await finish(grant, address, transport, surroundings)
    }

    /// Shows a code, and waits until somebody lets this device in (RFC 8628).
    private func awaitDecision(_ client: APIClient, _ surroundings: Surroundings) async throws -> GrantAnswer {
        let start = try await client.beginDevice()
        try surroundings.console.errors.write(
            "Code: \(start.userCode)\nWhoever is signed in lets this device in with 'homie session allow \(start.userCode)'.\n"
        )
        while true {
            try await Task.sleep(for: .seconds(start.interval))
            do {
                return try await client.redeemDevice(start.deviceCode)
            } catch APIError.problem(let problem) where problem.type == "urn:homie:problem:devicePending" {
                continue
            }
        }
    }

    private func finish(
        _ grant: GrantAnswer,
        _ address: String,
        _ transport: WebTransport,
        _ surroundings: Surroundings
    ) async throws -> Outcome {
        try await keep(grant, for: address, transport, in: surroundings)
        if output.isJSON {
            let identity = IdentityAnswer(name: grant.user.text, user: grant.user, role: grant.role, scopes: nil)
            try surroundings.console.output.write(JSONOutput.document(identity))
        } else {
            try surroundings.console.output.print("signed in to \(address) as \(grant.user) (\(grant.role.rawValue))")
        }
        return .done
    }

    private func keep(
        _ grant: GrantAnswer,
        for address: String,
        _ transport: WebTransport,
        in surroundings: Surroundings
    ) async throws {
        guard let token = grant.token, let refresh = grant.refresh else {
            throw APIError.unexpected(status: 200, underlying: nil)
        }
        let device = KeptCredentials.Device(
            user: grant.user,
            token: token,
            refresh: refresh,
            expiresAt: grant.expiresAt,
            authority: transport.authority
        )
        try await transport.store.change { kept in
            kept.devices[address] = device
            kept.current = address
        }
    }
}

/// `homie logout`
struct Logout: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Ends the session on another device and forgets its tokens.",
        discussion: """
            Example:
              homie logout https://homie.local
            """
    )

    @Argument(help: "The device; without it, the one 'homie login' was at last.")
    var device: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let store = CredentialStore(surroundings: surroundings)
        let kept = try store.read()
        let address: String
        if let device {
            guard case .web(let parsed) = try DeviceAddress(parsing: device) else {
                throw CommandError.unsupportedHost(device)
            }
            address = parsed
        } else {
            guard let current = kept.current else { throw CommandError.notSignedIn("anywhere") }
            address = current
        }
        guard kept.devices[address] != nil else { throw CommandError.notSignedIn("at \(address)") }
        var failure: (any Error)?
        do {
            try await APIClient(transport: try connection.web(address, in: surroundings)).signOut()
        } catch {
            failure = error
        }
        // Forgotten in any case; a session that could not be ended ends by itself.
        try await store.change { kept in
            kept.devices[address] = nil
            if kept.current == address { kept.current = kept.devices.keys.sorted().first }
        }
        if let failure, (failure as? APIError)?.kind != .refused { throw failure }
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(["device": address]))
        } else {
            try surroundings.console.output.print("signed out of \(address)")
        }
        return .done
    }
}

extension APIError {
    /// Name and password are right, and a code is missing.
    var needsCode: Bool {
        guard case .problem(let document) = self else { return false }
        return document.type == "urn:homie:problem:codeNeeded"
    }
}

extension Prompt {
    /// - Throws: ``CommandError/nobodyToAsk(_:)``, `AccessNameError`
    func userName() throws -> UserName {
        guard surroundings.input.isTerminal else { throw CommandError.nobodyToAsk("--user") }
        try surroundings.console.errors.write("User: ")
        return try UserName(parsing: surroundings.input.nextLine() ?? "")
    }

    /// A secret from a file, from standard input (`-`), or from a person, whose typing is not shown.
    ///
    /// - Throws: ``CommandError``
    func secret(_ name: String, from file: String?) throws -> String {
        if let file {
            guard file == "-" else { return try SecretFile.read(surroundings.absolute(file)) }
            return surroundings.input.nextLine() ?? ""
        }
        guard surroundings.input.isTerminal else { throw CommandError.nobodyToAsk("--password-file") }
        try surroundings.console.errors.write("\(name): ")
        let text = surroundings.input.nextSecret() ?? ""
        try surroundings.console.errors.write("\n")
        return text
    }
}
