internal import BelowTheLine

/// Something to be timed.
struct Case {
  let name: String
  /// Comments, or what else is counted.
  let count: Int
  /// Of text (of JSON where that is read), for figures a byte.
  let bytes: Int
  /// Makes what is needed (a model), and then what is to be timed, which gives a checksum of all results.
  let prepare: () throws -> () -> UInt64

  static func all(_ input: Input) -> [Case] {
    let count = input.texts.count
    let textBytes = input.texts.reduce(0) { $0 + $1.count }
    let lineBytes = input.lines.reduce(0) { $0 + $1.count }
    func ofTexts(_ name: String, _ prepare: @escaping () throws -> () -> UInt64) -> Case {
      Case(name: name, count: count, bytes: textBytes, prepare: prepare)
    }
    return [
      Case(name: "limit: memchr", count: count, bytes: lineBytes) { { memchr(input) } },
      Case(name: "limit: gather", count: gathers, bytes: 8 * gathers) { { gather() } },
      Case(name: "json", count: count, bytes: lineBytes) { { json(input) } },
      ofTexts("tokenise") { { tokenise(input) } },
      ofTexts("hash") { { hash(input, characters: nil) } },
      ofTexts("hash word+char") { { hash(input, characters: 2...6) } },
      ofTexts("score word") { try score(input, ["conspiracy", "spam"], characters: nil) },
      ofTexts("score word+char") { try score(input, ["conspiracy", "spam"], characters: 2...6) },
      ofTexts("score with relevance") { try scoreInPlace(input, ["conspiracy", "off_topic"]) },
      Case(name: "format", count: numbers, bytes: 7 * numbers) { { format() } },
      train("train NB", .naiveBayes, input),
      train("train logistic", .logistic, input),
    ]
  }

  private static func model(_ labels: Set<String>, characters: ClosedRange<Int>?, _ input: Input) throws -> Model {
    var options = TrainingOptions(algorithm: .logistic)
    options.features.characterNGrams = characters
    return try train(options, input.labelled(labels, threads: 20)).model
  }

  private static func train(_ options: TrainingOptions, _ records: [Record]) throws -> Trainer.Outcome {
    var options = options
    options.regularization = 1
    options.folds = 2
    var trainer = try Trainer(options: options)
    trainer.threads = 1
    return try trainer.train(PreparedData(records, features: options.features))
  }

  // MARK: What is run

  private static func memchr(_ input: Input) -> UInt64 {
    input.lines.reduce(0) { sum, line in sum &+ (line.withUnsafeBufferPointer { ByteSearch.index(of: 0x0A, in: $0) } == nil ? 1 : 0) }
  }

  private static let gathers = 4_000_000
  /// As large as the weights of two labels in 2^22 buckets.
  private static let table = [UInt64](unsafeUninitializedCapacity: 1 << 22) { buffer, count in
    for index in 0..<1 << 22 { buffer[index] = UInt64(index) }
    count = 1 << 22
  }

  private static func gather() -> UInt64 {
    table.withUnsafeBufferPointer { table in
      var sum: UInt64 = 0
      for index in 0..<UInt64(gathers) { sum &+= table[FeatureHash.bucket(index &* 0x9E37_79B9_7F4A_7C15, bits: 22)] }
      return sum
    }
  }

  private static func json(_ input: Input) -> UInt64 {
    var reader = CommentLineReader()
    return input.lines.reduce(0) { sum, line in sum &+ UInt64(reader.read(line.span)?.text?.range.count ?? 0) }
  }

  private static func tokenise(_ input: Input) -> UInt64 {
    let tokenizer = Tokenizer()
    var buffer = TokenBuffer()
    var checksum: UInt64 = 0
    for text in input.texts {
      tokenizer.tokenize(text.span, into: &buffer)
      checksum = checksum &* 31 &+ UInt64(buffer.count)
    }
    return checksum
  }

  private static func hash(_ input: Input, characters: ClosedRange<Int>?) -> UInt64 {
    let tokenizer = Tokenizer()
    var buffer = TokenBuffer()
    var space = FeatureSpace()
    space.characterNGrams = characters
    var extractor = FeatureExtractor(space)
    var checksum: UInt64 = 0
    for text in input.texts {
      tokenizer.tokenize(text.span, into: &buffer)
      extractor.forEachFeature(in: buffer) { _, bucket, _ in checksum = checksum &* 31 &+ UInt64(bucket) }
    }
    return checksum
  }

  private static func score(_ input: Input, _ labels: Set<String>, characters: ClosedRange<Int>?) throws -> () -> UInt64 {
    let scorer = Scorer(model: try model(labels, characters: characters, input))
    return {
      var workspace = scorer.makeWorkspace()
      var checksum: UInt64 = 0
      for text in input.texts {
        for logit in scorer.logits(text.span, &workspace) { checksum = checksum &* 31 &+ logit.bitPattern }
      }
      return checksum
    }
  }

  private static func scoreInPlace(_ input: Input, _ labels: Set<String>) throws -> () -> UInt64 {
    let scorer = Scorer(model: try model(labels, characters: 2...6, input))
    return {
      var store = scorer.makeConversations()
      return scorer.score(input.records, threads: 1, in: &store).reduce(0) { sum, score in
        score.logits.reduce(sum) { $0 &* 31 &+ ($1?.bitPattern ?? 0) }
      }
    }
  }

  private static let numbers = 200_000

  private static func format() -> UInt64 {
    var writer = JSONWriter()
    writer.beginArray()
    for index in 0..<numbers { writer.fixed4(Double(index) / Double(numbers - 1)) }
    return writer.bytes.reduce(0) { $0 &* 31 &+ UInt64($1) }
  }

  private static func train(_ name: String, _ algorithm: TrainingOptions.Algorithm, _ input: Input) -> Case {
    let records = input.labelled(["conspiracy", "spam"], threads: 50)
    let bytes = records.reduce(0) { sum, record in if case .comment(let comment) = record { sum + comment.text.utf8.count } else { sum } }
    return Case(name: name, count: records.count, bytes: bytes) {
      {
        guard let model = try? train(TrainingOptions(algorithm: algorithm), records).model else { return 0 }
        return model.copiedWeights.reduce(0) { $0 &* 31 &+ UInt64($1.bitPattern) }
      }
    }
  }
}
