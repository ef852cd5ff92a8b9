import BelowTheLine
import TestSupport
import Testing

struct ModelFileTests {
  private static let bytes: [UInt8] = (try? Samples.train().bytes) ?? []

  /// By the reference implementation (python-xxhash).
  @Test(arguments: [
    ("", 0, "ef46db3751d8e999"), ("a", 0, "d24ec4f1a98c6e5b"), ("abc", 2_654_435_761, "1318df30094a85fd"),
    ("Nobody inspects the spammish repetition", 0, "fbcea83c8a378bf1"),
    (String(String.UnicodeScalarView((0...100).compactMap { Unicode.Scalar($0) })), 0, "e99038495f85381e"),
  ])
  func xxh64(text: String, seed: Int, expected: String) {
    let hash = Array(text.utf8).withUnsafeBytes { XXHash64.hash($0, seed: UInt64(seed)) }
    #expect(XXHash64.text(hash) == expected)
  }

  @Test func savingAndLoadingKeepsTheScores() throws {
    let outcome = try Samples.train()
    let model = try Model(bytes: outcome.bytes)
    #expect(model.labels == ["conspiracy", "off_topic"])
    #expect(model.digest == outcome.model.digest)
    #expect(model.features == Samples.options().features)
    let scorer = Scorer(model: model)
    let original = Scorer(model: outcome.model)
    var stores = [scorer.makeConversations(), original.makeConversations()]
    let loaded = scorer.score(Samples.records, threads: 1, in: &stores[0]).map(\.logits)
    #expect(loaded == original.score(Samples.records, threads: 1, in: &stores[1]).map(\.logits))
  }

  @Test func theSameDataGiveTheSameBytesOnAnyNumberOfThreads() throws {
    #expect(try Samples.train(threads: 1).bytes == Self.bytes)
    #expect(try Samples.train(threads: 4).bytes == Self.bytes)
  }

  @Test func everyTruncationIsAnError() {
    for length in stride(from: 0, to: Self.bytes.count, by: max(1, Self.bytes.count / 400)) {
      #expect(throws: ModelFileError.self) { try Model(bytes: Array(Self.bytes[..<length])) }
    }
    #expect(throws: ModelFileError.self) { try Model(bytes: Self.bytes + [0]) }
  }

  @Test func aChangedWeightIsNoticed() {
    var bytes = Self.bytes
    bytes[bytes.count - 3] ^= 1
    #expect(throws: ModelFileError.damaged("its checksum differs")) { try Model(bytes: bytes) }
  }

  @Test(arguments: [0, -1, Double.nan, .infinity])
  func deviationsThatNothingCanBeDividedByAreRefused(deviation: Double) throws {
    let model = try Model(bytes: Self.bytes)
    func bytes(_ scale: RelevanceScale) -> [UInt8] {
      Model.serialize(
        card: model.card, bias: model.heads.map { Float($0.bias) }, relevance: model.relevanceWeights, scale: scale,
        background: model.background, weights: model.copiedWeights, bits: model.features.bits)
    }
    var scale = model.relevanceScale
    #expect(bytes(scale) == Self.bytes)
    scale.deviations[3] = deviation
    #expect(throws: ModelFileError.damaged("its means and deviations of relevance are no such numbers")) { try Model(bytes: bytes(scale)) }
  }

  /// Packed, and too large for that.
  @Test(arguments: [20, 24]) func weightsAreThoseOfTheFileHoweverTheyStand(bits: Int) throws {
    var options = Samples.options()
    options.features.bits = bits
    let outcome = try Samples.train(options)
    let model = outcome.model
    #expect(model.weights.count == 2 << bits)
    #expect((outcome.bytes.count < 4 * model.weights.count) == (bits == 20))
    let again = Model.serialize(
      card: model.card, bias: model.heads.map { Float($0.bias) }, relevance: model.relevanceWeights, scale: model.relevanceScale,
      background: model.background, weights: model.copiedWeights, bits: bits)
    #expect(again == outcome.bytes)
  }

  @Test func aNewerFormatIsRefusedByName() {
    let text = String(decoding: Self.bytes, as: UTF8.self)
    #expect(text.contains(#""belowtheline":"3""#))
    var bytes = Self.bytes
    let needle = Array(#""belowtheline":"3""#.utf8)
    let place = bytes.indices.first { bytes[$0...].starts(with: needle) } ?? 0
    bytes[place + needle.count - 2] = UInt8(ascii: "4")
    #expect(throws: ModelFileError.unsupported("it has format 4, not 3")) { try Model(bytes: bytes) }
  }

  @Test func otherFilesAreNoModels() {
    #expect(throws: ModelFileError.self) { try Model(bytes: Array("hello, this is a text file of some length".utf8)) }
    let other = Safetensors.write(metadata: [("format", "pt")], tensors: [Safetensors.Content("x", [2], [1, 2] as [Float])])
    #expect(throws: ModelFileError.notAModel("it is a safetensors file of another program")) { try Model(bytes: other) }
    #expect(throws: ModelFileError.self) { try Model(path: "/nonexistent/model") }
    #expect(throws: ModelFileError.unreadable("/", "not a regular file")) { try Model(path: "/") }
  }

  @Test func mutationsEndInAModelOrAnError() {
    var mutator = Mutator(seed: 21)
    // The header is where parsing happens; a small file leaves more of the mutations there.
    let header = Array(Self.bytes[..<min(Self.bytes.count, 6000)])
    for _ in 0..<10_000 {
      let bytes = mutator.mutate(header) + Self.bytes[header.count...].prefix(64)
      if let model = try? Model(bytes: bytes) { #expect(model.labels.count > 0) }
    }
    for _ in 0..<50 { _ = try? Model(bytes: mutator.mutate(Self.bytes)) }
  }

  /// As a file has it whose writer meant it: what is behind the checksum is reached.
  private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length > 0, length < bytes.count - 8, let header = try? JSONScanner.parse(Array(bytes[8..<8 + length]).span),
      let card = header["__metadata__"]?["card"]?.text, let digest = header["__metadata__"]?["xxh64"]?.text,
      let place = bytes.firstRange(of: Array(digest.utf8)), digest.utf8.count == 16
    else { return bytes }
    let seed = Array(card.utf8).withUnsafeBytes { XXHash64.hash($0) }
    let hash = bytes.withUnsafeBytes { XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[(8 + length)...]), seed: seed) }
    return Array(bytes[..<place.lowerBound]) + XXHash64.text(hash).utf8 + bytes[place.upperBound...]
  }

  @Test func mutationsWithARightChecksumScoreOrAreRefused() {
    var mutator = Mutator(seed: 22)
    let headerLength = 8 + Self.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(resealed(Self.bytes) == Self.bytes)
    var loaded = 0
    for round in 0..<600 {
      let bytes =
        round % 2 == 0
        ? mutator.mutate(Array(Self.bytes[..<headerLength])) + Self.bytes[headerLength...]
        : Array(Self.bytes[..<headerLength]) + mutator.mutate(Array(Self.bytes[headerLength...]))
      guard let model = try? Model(bytes: resealed(bytes)) else { continue }
      loaded += 1
      let scorer = Scorer(model: model)
      var store = scorer.makeConversations()
      let comments = Samples.records.prefix(20)
      #expect(scorer.score(Array(comments), threads: 1, in: &store).allSatisfy { $0.logits.count == model.labels.count })
    }
    #expect(loaded > 50)
  }

  @Test func aBiasThatIsNoNumberIsRefused() throws {
    let model = try Model(bytes: Self.bytes)
    let bytes = Model.serialize(
      card: model.card, bias: model.heads.map { _ in .nan }, relevance: model.relevanceWeights, scale: model.relevanceScale,
      background: model.background, weights: model.copiedWeights, bits: model.features.bits)
    #expect(throws: ModelFileError.self) { try Model(bytes: bytes) }
  }

  /// Of a table that is packed, and of one too large for that.
  @Test(arguments: [20, 24], [Float.nan, .infinity, -.infinity, -.nan])
  func aWeightThatIsNoNumberIsRefused(bits: Int, weight: Float) throws {
    let model = try Model(bytes: Self.bytes)
    let features = JSONValue.object(
      (model.card["features"]?.members ?? []).map { $0.key == "bits" ? JSONMember("bits", .integer(bits)) : $0 })
    let card = JSONValue.object(model.card.members.map { $0.key == "features" ? JSONMember("features", features) : $0 })
    func bytes(last: Float) -> [UInt8] {
      var weights = [Float](repeating: 0, count: model.columns << bits)
      weights[weights.count - 1] = last
      return Model.serialize(
        card: card, bias: model.heads.map { Float($0.bias) }, relevance: model.relevanceWeights, scale: model.relevanceScale,
        background: model.background, weights: weights, bits: bits)
    }
    #expect(try Model(bytes: bytes(last: -Float.greatestFiniteMagnitude)).copiedWeights.last == -Float.greatestFiniteMagnitude)
    #expect(throws: ModelFileError.damaged("one of its weights is no number")) { try Model(bytes: bytes(last: weight)) }
  }
}
