// swift-tools-version: 6.2
import PackageDescription

/// Settings every target shares (see README.md, "How the house is built").
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency], linkerSettings: [LinkerSetting] = []) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: linkerSettings)
}

/// `homie` without a shared library, which starts in a millisecond instead of ten. Only together with
/// `--static-swift-stdlib`; `scripts/lib/swift.sh` sets both.
let standalone: [LinkerSetting] =
    Context.environment["HOMIE_STANDALONE"] == "1" ? [.unsafeFlags(["-static-executable"])] : []

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "homie",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 1 · domain: no I/O
        library("HomieModel", []),
        library("HomieCompose", ["HomieModel", yams]),
        library("HomiePlanning", ["HomieModel"]),
        library("HomieAPI", ["HomieModel"]),

        // 2 · application
        library("HomieSupervisor", ["HomieModel", "HomiePlanning", crypto, lifecycle, logging, metrics, tracing]),
        library("HomieAccess", ["HomieAPI", "HomieModel", crypto, cryptoExtras]),

        // 3 · edges: one external system each
        library("HomieUpdate", ["HomieAPI", "HomieModel", "HomiePlanning", "HomieTransfer"]),
        library("HomieBus", ["CGIO", "HomieModel"]),
        library("HomieAppliance", ["HomieModel", "HomieProcess", "HomieSupervisor"]),
        library("HomieArchive", ["HomieModel", "CArchive"]),
        library("HomieConsole", ["HomieModel"]),
        library("HomieCommand", ["HomieConsole", "HomieModel", argumentParser]),
        library("HomieHTTP", ["HomieModel", nio, nioHTTP1, nioPosix]),
        library("HomieProbe", ["CEpoll", "HomieModel", "HomieSupervisor", "HomieTransfer"]),
        library("HomieProcess", ["CCapability"]),
        library("HomieReceipts", ["HomieAPI", "HomieConsole", "HomieModel"]),
        library("HomieRelay", ["HomieModel", "HomieProcess", "HomieSupervisor"]),
        library("HomieRegistry", ["HomieModel", "HomieSupervisor", "HomieTransfer"]),
        library("HomieGateway", [
            "HomieModel", "HomieProcess", "HomieSupervisor", asn1, certificates, crypto, lifecycle, logging,
        ]),
        library("HomieACME", [
            "HomieModel", "HomieProcess", "HomieTransfer", asn1, certificates, crypto, lifecycle, logging,
        ]),
        library("HomieEngine", [
            "HomieModel", "HomieSupervisor", "HomieHTTP", "HomieArchive", "HomieProcess", logging, nio, nioHTTP1, nioPosix,
            tracing,
        ]),
        library("HomieTracing", ["HomieModel", "HomieSupervisor", lifecycle, logging, tracing]),
        library("HomieMetrics", ["HomieModel", "HomiePlanning", "HomieSupervisor", metrics]),
        library("HomieNotify", ["HomieModel", "HomieSupervisor", "HomieTransfer", crypto]),
        library("HomieServer", [
            "HomieAPI", "HomieAccess", "HomieModel", "HomieSupervisor", hummingbird, hummingbirdCore, lifecycle, logging, metrics,
            nio, nioPosix, tracing,
        ]),
        library("HomieStore", ["HomieAccess", "HomieModel", "HomiePlanning", "HomieSupervisor", crypto, grdb, logging, sqlite]),
        library("HomieSystemd", ["CSystemd", "HomieModel", logging]),
        library("HomieBundle", ["HomieModel", "HomieProcess", crypto]),
        library("HomieImage", ["HomieModel", "HomiePlanning", "HomieProcess", crypto]),
        library("HomieTransfer", ["CCurl", "HomieModel", crypto]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CGIO", pkgConfig: "gio-2.0", providers: [.apt(["libglib2.0-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CCapability"),
        // glibc's malloc.h, which the toolchain's own module leaves out.
        .target(name: "CMalloc"),
        // Readiness of sockets, which it leaves out, too.
        .target(name: "CEpoll"),
        .target(name: "CSystemd", linkerSettings: [.linkedLibrary("systemd")]),

        // 4 · programs: arguments and composition
        program("homied", [
            "CMalloc", "HomieACME", "HomieAPI", "HomieAccess", "HomieAppliance", "HomieBus", "HomieCompose", "HomieEngine", "HomieGateway",
            "HomieMetrics", "HomieModel",
            "HomieNotify", "HomiePlanning", "HomieProbe", "HomieRegistry", "HomieRelay", "HomieServer", "HomieStore",
            "HomieSupervisor", "HomieSystemd", "HomieTracing", "HomieTransfer", argumentParser, lifecycle, logging, metrics, tracing, unixSignals,
        ]),
        program("homie", ["HomieConsole", "HomieModel", "HomieReceipts"], linkerSettings: standalone),
        program("homie-cli", [
            "HomieAPI", "HomieCompose", "HomieConsole", "HomieHTTP", "HomieModel", "HomieReceipts", "HomieTransfer",
            argumentParser,
        ]),
        program("homie-write-bench", ["HomieModel", "HomieStore", "HomieSupervisor"]),
        program("homie-bundle", ["HomieBundle", "HomieCommand", "HomieConsole", "HomieModel", argumentParser]),
        program("homie-image", [
            "HomieBundle", "HomieCommand", "HomieConsole", "HomieImage", "HomieModel", "HomiePlanning", argumentParser,
        ]),
        program("homie-update", [
            "HomieBundle", "HomieBus", "HomieCommand", "HomieConsole", "HomieModel", "HomiePlanning", "HomieTransfer",
            "HomieUpdate", argumentParser,
        ]),
        program("homie-confirm-boot", [
            "HomieBus", "HomieCommand", "HomieConsole", "HomieModel", "HomiePlanning", "HomieProcess", "HomieUpdate",
            argumentParser,
        ]),

        // tests
        library("HomieTestSupport", [
            "HomieAccess", "HomieModel", "HomiePlanning", "HomieSupervisor", "HomieTransfer", crypto,
        ]),
        tests("HomieACMETests", ["HomieACME", "HomieModel", asn1, certificates, crypto]),
        tests("HomieAccessTests", ["HomieAPI", "HomieAccess", "HomieModel", "HomieTestSupport", crypto, cryptoExtras]),
        tests("HomieApplianceTests", ["HomieAppliance", "HomieModel", "HomieSupervisor"]),
        tests("HomieArchiveTests", ["HomieArchive", "HomieModel"]),
        tests("HomieGatewayTests", [
            "HomieAccess", "HomieGateway", "HomieModel", "HomiePlanning", "HomieProcess", "HomieSupervisor", "HomieTestSupport", asn1,
            certificates, crypto, logging, nio, nioPosix,
        ], exclude: ["Golden"]),
        tests("HomieEngineTests", [
            "HomieArchive", "HomieEngine", "HomieHTTP", "HomieModel", "HomieProcess", "HomieSupervisor", "HomieTestSupport", logging,
        ]),
        tests("HomieHTTPTests", ["HomieHTTP", "HomieModel", "HomieTestSupport"]),
        tests("HomiePlanningTests", ["HomieModel", "HomiePlanning", "HomieTestSupport"]),
        tests("HomieProbeTests", ["HomieModel", "HomieProbe", "HomieSupervisor", "HomieTestSupport", nio, nioPosix]),
        tests("HomieProcessTests", ["HomieProcess", "HomieTestSupport"]),
        tests("HomieRelayTests", ["HomieModel", "HomieRelay", "HomieSupervisor"]),
        tests("HomieUpdateTests", [
            "HomieAPI", "HomieBundle", "HomieBus", "HomieModel", "HomiePlanning", "HomieProcess", "HomieTestSupport", "HomieTransfer",
            "HomieUpdate", "homie-bundle", "homie-confirm-boot", "homie-update",
        ]),
        tests("HomieImageTests", [
            "HomieBundle", "HomieImage", "HomieModel", "HomiePlanning", "HomieProcess", "HomieTestSupport", "homie-image",
        ]),
        tests("HomieMetricsTests", [
            "HomieMetrics", "HomieModel", "HomiePlanning", "HomieSupervisor", "HomieTestSupport", metrics,
        ]),
        tests("HomieAPITests", ["HomieAPI", "HomieModel"]),
        tests("HomiedTests", ["HomieGateway", "HomieModel", "homied", argumentParser, logging]),
        tests("IntegrationTests", [
            "HomieAPI", "HomieEngine", "HomieGateway", "HomieHTTP", "HomieMetrics", "HomieModel", "HomieNotify", "HomiePlanning",
            "HomieProbe", "HomieRelay", "HomieServer", "HomieStore", "HomieSupervisor", "HomieTestSupport", "HomieTransfer", "homie",
            "homie-cli", "homied", crypto, lifecycle, logging,
        ]),
        tests("HomieServerTests", [
            "HomieAPI", "HomieAccess", "HomieModel", "HomieServer", "HomieSupervisor", "HomieTestSupport", hummingbirdCore,
            lifecycle, logging, nio, nioPosix,
        ]),
        tests("HomieCLITests", [
            "HomieAPI", "HomieConsole", "HomieModel", "HomieReceipts", "homie-cli", argumentParser, nio, nioHTTP1, nioPosix,
        ]),
        tests("HomieConsoleTests", ["HomieConsole", "HomieModel"]),
        tests("HomieNotifyTests", ["HomieModel", "HomieNotify", "HomieSupervisor", "HomieTransfer"]),
        tests("HomieStoreTests", ["HomieAccess", "HomieModel", "HomiePlanning", "HomieStore", "HomieSupervisor", "HomieTestSupport", grdb, logging]),
        tests("HomieRegistryTests", [
            "HomieModel", "HomieRegistry", "HomieSupervisor", "HomieTestSupport", crypto,
        ]),
        tests("HomieSupervisorTests", ["HomieModel", "HomiePlanning", "HomieSupervisor", "HomieTestSupport", crypto, logging]),
        tests("HomieComposeTests", ["HomieCompose", "HomieModel"]),
        tests("HomieTracingTests", ["HomieModel", "HomieTracing", logging, tracing]),
        tests("HomieSystemdTests", ["HomieModel", "HomieSystemd", logging]),
    ]
)
