/// A trained model: one linear head for each label over the same features.
///
/// The weights stay where they are, in a mapped file or in the program itself; loading checks them and parses only the card.
public final class Model: Sendable {
  /// What a model knows of one label.
  public struct Head: Sendable, Equatable {
    public var label: String
    /// Whether the label is decided by what the comment stands under; without article and thread it has no score.
    public var usesContext: Bool
    /// Whether the words of the comment themselves say anything of the label; else it has no weights in the table.
    public var usesText: Bool
    /// Those that the model was trained for, at least one.
    public var thresholds: [Threshold]
    /// Added to every logit.
    public var bias: Double

    /// Probability from which a comment is flagged, where nothing else is chosen.
    public var threshold: Double { thresholds[0].value }
  }

  /// What a threshold may be: one above 1 never flags.
  public static let thresholdRange = 0.0...2.0
  /// The version of the file layout.
  public static let formatVersion = 3

  public let features: FeatureSpace
  /// By name.
  public let heads: [Head]
  /// What it was trained on, how, and with which figures: the part of the file that people read.
  public let card: JSONValue
  /// XXH64 of card and weights, sixteen hexadecimal digits.
  public let digest: String

  /// Of each head.
  package let relevanceWeights: [RelevanceWeights]
  package let relevanceScale: RelevanceScale
  package let background: Background
  private let storage: MappedBytes
  /// The weights in large pages, where the file has them packed.
  private let unpackedWeights: MappedBytes?
  /// In bytes. Larger tables stay in the file as they are, so that they need not be in memory as a whole.
  private static let largestPackedTable = 64 << 20

  public var labels: [String] { heads.map(\.label) }

  /// Whether it was trained on comments that were compared with the whole of their thread.
  public var seesWholeThreads: Bool { card["options"]?["whole_threads"]?.bool ?? false }

  /// The heads that have weights, in their order; where none has any, there is one column of zeros.
  package let textHeads: [Int]
  /// How many weights a bucket has.
  package var columns: Int { max(textHeads.count, 1) }

  /// Weight of a bucket for each of ``textHeads``: buckets × ``columns``, those of one bucket side by side.
  // In `storage` or unpacked, which live as long, and to which nothing writes.
  nonisolated(unsafe) package let weights: UnsafeBufferPointer<Float>

  /// ``weights``, for whoever may let go of the model before being done with them.
  package var copiedWeights: [Float] { withExtendedLifetime(self) { Array(weights) } }

  /// Maps a model file. To put another in its place, rename it over this one: a file that is written over or cut short while it is mapped
  /// takes the process down.
  ///
  /// - Throws: ``ModelFileError``.
  public convenience init(path: String) throws(ModelFileError) {
    try self.init(MappedBytes(path: path))
  }

  public convenience init(bytes: [UInt8]) throws(ModelFileError) {
    try self.init(MappedBytes(copying: bytes))
  }

  /// - Parameter permanent: bytes that live as long as the process.
  public convenience init(permanent: UnsafeRawBufferPointer) throws(ModelFileError) {
    try self.init(MappedBytes(permanent: permanent))
  }

  private init(_ storage: MappedBytes) throws(ModelFileError) {
    let bytes = storage.bytes
    let header = try Safetensors.header(bytes)
    guard let version = header.metadata("belowtheline").flatMap({ Int($0) }), let cardText = header.metadata("card") else {
      throw .notAModel("it is a safetensors file of another program")
    }
    guard version == Self.formatVersion else { throw .unsupported("it has format \(version), not \(Self.formatVersion)") }
    let data = UnsafeRawBufferPointer(rebasing: bytes[header.dataStart...])
    let digest = Self.digest(card: cardText, data: data)
    guard digest == header.metadata("xxh64") else { throw .damaged("its checksum differs") }
    guard let card = try? JSONScanner.parse(cardText) else { throw .damaged("its card is no JSON") }
    guard card["features"]?["revision"]?.integer == FeatureSpace.revision,
      card["relevance_revision"]?.integer == RelevanceFeature.revision
    else { throw .unsupported("its features are of another revision") }
    guard let json = card["features"], let features = FeatureSpace(json: json) else { throw .damaged("its features are unreadable") }

    func tensor(_ name: String, _ type: Safetensors.Element, _ shape: [Int]) throws(ModelFileError) -> UnsafeRawBufferPointer {
      guard let tensor = header.tensors.first(where: { $0.name == name }), tensor.type == type, tensor.shape == shape else {
        throw .damaged("its tensor \(name) is missing or has another type or shape")
      }
      return UnsafeRawBufferPointer(rebasing: data[tensor.range])
    }
    func floats(_ name: String, _ shape: [Int]) throws(ModelFileError) -> UnsafeBufferPointer<Float> {
      try tensor(name, .float32, shape).assumingMemoryBound(to: Float.self)
    }
    let labels = card["labels"]?.elements ?? []
    guard !labels.isEmpty, labels.count <= Self.maximumLabels else { throw .damaged("it has \(labels.count) labels") }
    let biases = try floats("bias", [labels.count])
    let contexts = RelevanceContext.allCases.count
    let relevance = try floats("relevance", [labels.count, contexts, 1 + RelevanceScale.columns])
    let scale = try floats("relevance_scale", [2, RelevanceFeature.allCases.count])
    let articleLength = try floats("article_length", [1])
    let background = try tensor("background", .uint8, [Background.Table.allCases.count, Background.buckets])
    func rawTensor(_ name: String) throws(ModelFileError) -> UnsafeRawBufferPointer {
      guard let count = header.tensors.first(where: { $0.name == name })?.range.count else { throw .damaged("it has no tensor \(name)") }
      return try tensor(name, .uint8, [count])
    }
    guard
      let lexicon = Lexicon(names: try rawTensor("topics"), slots: try rawTensor("topic_slots"), members: try rawTensor("topic_members"))
    else {
      throw .damaged("its lexicon is unreadable")
    }
    let topicRates = try floats("topic_rates", [4, lexicon.topics.count])
    let directionBytes = try rawTensor("word_directions")
    guard directionBytes.isEmpty || directionBytes.count == Association.dimensions << TextProfile.bucketBits else {
      throw .damaged("its word directions are incomplete")
    }
    // Features are divided by these, and a score that is no number could not be written.
    func areUsable(_ values: some Sequence<Float>, asDeviations: Bool) -> Bool {
      values.allSatisfy { $0.isFinite && (!asDeviations || $0 > 0) }
    }
    guard areUsable(scale.prefix(scale.count / 2), asDeviations: false), areUsable(scale.suffix(scale.count / 2), asDeviations: true),
      (0..<4).allSatisfy({ areUsable(row($0), asDeviations: $0 % 2 == 1) }), areUsable(articleLength, asDeviations: false)
    else { throw .damaged("its means and deviations of relevance are no such numbers") }
    guard areUsable(biases, asDeviations: false), areUsable(relevance, asDeviations: false) else {
      throw .damaged("its weights of relevance are no numbers")
    }
    func row(_ number: Int) -> [Float] { Array(topicRates[(number * lexicon.topics.count)...].prefix(lexicon.topics.count)) }
    var heads: [Head] = []
    for (index, entry) in labels.enumerated() {
      guard let label = entry["label"]?.text, let usesContext = entry["uses_context"]?.bool else {
        throw .damaged("its label \(index + 1) is incomplete")
      }
      let thresholds = (entry["thresholds"]?.elements ?? []).compactMap { point -> Threshold? in
        guard let target = point["target"]?.text.flatMap(ThresholdTarget.init), let value = point["threshold"]?.double,
          Self.thresholdRange ~= value
        else {
          return nil
        }
        return Threshold(target: target, value: value)
      }
      guard !thresholds.isEmpty else { throw .damaged("its label \(index + 1) has no threshold") }
      heads.append(
        Head(
          label: label, usesContext: usesContext, usesText: entry["uses_text"]?.bool ?? true, thresholds: thresholds,
          bias: Double(biases[index])))
    }
    guard zip(heads, heads.dropFirst()).allSatisfy({ $0.label < $1.label }) else { throw .damaged("its labels are out of order") }
    let textHeads = heads.indices.filter { heads[$0].usesText }
    let columns = max(textHeads.count, 1)
    var unpackedWeights: MappedBytes?
    if header.tensors.contains(where: { $0.name == "weighing_buckets" }) {
      guard (4 * columns) << features.bits <= Self.largestPackedTable else { throw .damaged("its packed weights are too many") }
      let bitmap = try tensor("weighing_buckets", .uint8, [(1 << features.bits) / 8])
      let packed = try floats("weights", [bitmap.reduce(0) { $0 + $1.nonzeroBitCount }, columns])
      try Self.checkThatAllAreNumbers(packed)
      unpackedWeights = PackedWeights.unpack(packed, bitmap, columns: columns)
    }
    let table: UnsafeBufferPointer<Float>
    if let unpackedWeights {
      table = unpackedWeights.bytes.assumingMemoryBound(to: Float.self)
    } else {
      table = try floats("weights", [1 << features.bits, columns])
      try Self.checkThatAllAreNumbers(table)
    }
    self.storage = storage
    self.textHeads = textHeads
    self.features = features
    self.heads = heads
    self.card = card
    self.digest = digest
    self.background = Background(
      codes: Array(background), articleLength: Double(articleLength[0]), lexicon: lexicon,
      articleTopics: TopicRates(means: row(0), deviations: row(1)),
      threadTopics: TopicRates(means: row(2), deviations: row(3)),
      association: Association(directions: Safetensors.integers(directionBytes)))
    relevanceScale = RelevanceScale(
      means: scale.prefix(scale.count / 2).map(Double.init), deviations: scale.suffix(scale.count / 2).map(Double.init))
    relevanceWeights = heads.indices.map { head in
      RelevanceWeights(
        values: (0..<contexts).map { context in
          let row = (head * contexts + context) * (1 + RelevanceScale.columns)
          return (0...RelevanceScale.columns).map { Double(relevance[row + $0]) }
        })
    }
    self.unpackedWeights = unpackedWeights
    weights = table
  }

  /// Of what is no number and what is infinite, all bits of the exponent are set. The checksum has read the weights, so they are at hand.
  private static func checkThatAllAreNumbers(_ weights: UnsafeBufferPointer<Float>) throws(ModelFileError) {
    var largest: UInt32 = 0
    for weight in weights { largest = max(largest, weight.bitPattern & 0x7FFF_FFFF) }
    guard Float(bitPattern: largest).isFinite else { throw .damaged("one of its weights is no number") }
  }

  /// Most buckets of a table with room weigh nothing: they are left out, and a bitmap says which these are.
  private static func weightTensors(_ weights: [Float], bits: Int) -> (table: Safetensors.Content, bitmaps: [Safetensors.Content]) {
    let columns = weights.count >> bits
    guard 4 * weights.count <= largestPackedTable else { return (Safetensors.Content("weights", [1 << bits, columns], weights), []) }
    let (bitmap, packed) = PackedWeights.pack(weights, columns: columns)
    return (
      Safetensors.Content("weights", [packed.count / columns, columns], packed),
      [Safetensors.Content("weighing_buckets", [bitmap.count], bitmap)]
    )
  }

  public static let maximumLabels = 64

  private static func digest(card: String, data: UnsafeRawBufferPointer) -> String {
    let seed = Array(card.utf8).withUnsafeBytes { XXHash64.hash($0) }
    return XXHash64.text(XXHash64.hash(data, seed: seed))
  }

  /// The bytes of a model file.
  ///
  /// - Parameters:
  ///   - card: holds `features`, `relevance_revision` and `labels` (by name) as the initializer reads them.
  ///   - weights: buckets × ``columns``.
  package static func serialize(
    card: JSONValue, bias: [Float], relevance: [RelevanceWeights], scale: RelevanceScale, background: Background, weights: [Float],
    bits: Int
  ) -> [UInt8] {
    let text = JSONWriter.text(card)
    let labels = bias.count
    let (table, bitmaps) = weightTensors(weights, bits: bits)
    let tensors =
      [
        Safetensors.Content("bias", [labels], bias),
        Safetensors.Content(
          "relevance", [labels, RelevanceContext.allCases.count, 1 + RelevanceScale.columns],
          relevance.flatMap { $0.values.joined().map { Float($0) } }),
        Safetensors.Content("relevance_scale", [2, scale.means.count], (scale.means + scale.deviations).map { Float($0) }),
        Safetensors.Content("article_length", [1], [Float(background.articleLength)]),
        table,
        Safetensors.Content(
          "topic_rates", [4, background.lexicon.topics.count],
          [background.articleTopics, background.threadTopics].flatMap { $0.means + $0.deviations }),
        Safetensors.Content("background", [Background.Table.allCases.count, Background.buckets], background.codes),
        Safetensors.Content(
          "word_directions", [background.association.directions.count], background.association.directions.map(UInt8.init(bitPattern:))),
      ] + background.lexicon.tensors + bitmaps
    let data = tensors.flatMap(\.bytes)
    let digest = data.withUnsafeBytes { self.digest(card: text, data: $0) }
    return Safetensors.write(
      metadata: [("belowtheline", String(formatVersion)), ("xxh64", digest), ("card", text)], tensors: tensors)
  }
}
