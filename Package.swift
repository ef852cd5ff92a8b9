// swift-tools-version: 6.2

import PackageDescription

/// Continuous integration sets this, so that a newer compiler's new warnings never break a user's build.
let warningsAreErrors = Context.environment["BTL_WARNINGS_AS_ERRORS"] == "1"

/// What only the programs and the queue need. Whoever embeds the library without this trait does not even download it.
func commandDependency(_ name: String, of package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Commands"]))
}
let database = commandDependency("GRDB", of: "GRDB.swift")

func serviceDependency(_ name: String, of package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Service"]))
}

let package = Package(
  name: "BelowTheLine",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "BelowTheLine", targets: ["BelowTheLine"]),
    .library(name: "CommentSources", targets: ["CommentSources"]),
    .executable(name: "btl", targets: ["btl"]),
    .executable(name: "btl-serve", targets: ["btl-serve"]),
  ],
  traits: [
    .default(enabledTraits: ["Commands"]),
    .trait(name: "Commands", description: "The programs and the queue, with what they depend on."),
    .trait(name: "Service", description: "btl-serve, with the HTTP server it depends on.", enabledTraits: ["Commands"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
  ],
  targets: [
    .target(name: "Prefetch"),
    .target(name: "BelowTheLine", dependencies: ["Prefetch"]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CLibxml2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
    .target(
      name: "CommentSources", dependencies: ["BelowTheLine", "CLibxml2", "CZlib"],
      linkerSettings: [.linkedLibrary("iconv", .when(platforms: [.macOS]))]),
    .target(
      name: "ModerationQueue",
      dependencies: ["BelowTheLine", database, commandDependency("GRDBSQLite", of: "GRDB.swift")]),
    .target(name: "DefaultModel"),
    .executableTarget(
      name: "btl",
      dependencies: [
        "BelowTheLine", "CommentSources", "DefaultModel", "ModerationQueue",
        commandDependency("ArgumentParser", of: "swift-argument-parser"),
      ]
    ),
    .target(name: "ScoringService", dependencies: ["BelowTheLine", "CommentSources"]),
    .executableTarget(
      name: "btl-serve",
      dependencies: [
        "ScoringService", "DefaultModel", commandDependency("ArgumentParser", of: "swift-argument-parser"),
        serviceDependency("Hummingbird", of: "hummingbird"), serviceDependency("HummingbirdCore", of: "hummingbird"),
        // Whose types are those of Hummingbird's interface.
        serviceDependency("HTTPTypes", of: "swift-http-types"), serviceDependency("NIOCore", of: "swift-nio"),
      ]
    ),
    .executableTarget(name: "btl-bench", dependencies: ["BelowTheLine", "CommentSources"], exclude: ["README.md"]),
    .target(name: "TestSupport", dependencies: ["BelowTheLine"], path: "Tests/TestSupport"),
    .testTarget(name: "BelowTheLineTests", dependencies: ["BelowTheLine", "TestSupport"]),
    .testTarget(name: "CommentSourcesTests", dependencies: ["CommentSources", "TestSupport"], exclude: ["Fixtures"]),
    .testTarget(
      name: "ModerationQueueTests",
      dependencies: ["ModerationQueue", "BelowTheLine", "TestSupport", database]),
    .testTarget(name: "ScoringServiceTests", dependencies: ["ScoringService", "BelowTheLine", "CommentSources", "TestSupport"]),
    .testTarget(name: "CommandTests", dependencies: ["btl", "BelowTheLine", "CommentSources", "ScoringService", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)

for target in package.targets where target.type != .system {
  var settings = target.swiftSettings ?? []
  settings += [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]
  if warningsAreErrors { settings.append(.treatAllWarnings(as: .error)) }
  target.swiftSettings = settings
}
