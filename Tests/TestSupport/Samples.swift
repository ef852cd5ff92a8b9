public import BelowTheLine

/// Small invented threads that every test may use.
public enum Samples {
  public static let articles = [
    Article(
      id: "ferry", title: "Ferry to Skarvoy suspended after engine fire",
      body: "The morning ferry to Skarvoy was towed back to the harbour after a fire in its engine room. No passenger was hurt. "
        + "The company said a spare vessel would take over the crossing from Thursday."),
    Article(
      id: "wheat", title: "Dry spring halves the wheat harvest in Orland",
      body: "Farmers in Orland expect half the usual wheat harvest after eleven weeks without rain. The ministry is weighing aid."),
  ]

  /// Twenty-four comments, both labels decided, with words that tell them apart.
  public static let comments: [Comment] = {
    let rows: [(String, String, Bool, Bool)] = [
      ("ferry", "The spare vessel has no car deck, so how do the farmers cross?", false, false),
      ("ferry", "Third engine fire in two years. The company must answer for it.", false, false),
      ("ferry", "They set that fire themselves, a hidden cabal wants the island empty!", false, true),
      ("ferry", "Anyone selling winter tyres? Message me.", true, false),
      ("ferry", "My aunt was on that ferry, she says the crew was calm.", false, false),
      ("ferry", "Wake up, the secret plan is to move us all to the mainland.", false, true),
      ("ferry", "Great goal by Nilsen last night, what a match", true, false),
      ("ferry", "The harbour needs its own fire boat.", false, false),
      ("ferry", "It is nonsense that a cabal set the fire, it was a fuel pump.", false, false),
      ("ferry", "Thursday is too late for the school children on Skarvoy.", false, false),
      ("ferry", "Follow the money, the hidden owners planned this fire.", false, true),
      ("ferry", "Happy birthday Greta, see you on Sunday!", true, false),
      ("wheat", "Eleven weeks without rain, my wheat is knee high and yellow.", false, false),
      ("wheat", "The ministry will weigh aid until the farmers are gone.", false, false),
      ("wheat", "They spray the clouds so that no rain falls, it is a secret programme!", false, true),
      ("wheat", "Why was my comment deleted yesterday? This site is a joke.", true, false),
      ("wheat", "Half a harvest means dear bread by winter.", false, false),
      ("wheat", "The elite hide the truth: this drought is planned, wake up.", false, true),
      ("wheat", "Cheap loans here, best rates, click my profile", true, false),
      ("wheat", "We had a dry spring in 1976 as well.", false, false),
      ("wheat", "Irrigation would help, but the river is low too.", false, false),
      ("wheat", "A secret programme? No, it is called weather, look at the charts.", false, false),
      ("wheat", "Hidden hands planned the famine, they want us hungry.", false, true),
      ("wheat", "Rain is forecast for Tuesday at last.", false, false),
    ]
    return rows.enumerated().map { index, row in
      Comment(
        id: "c\(index)", articleID: row.0, parentID: index % 3 == 2 ? "c\(index - 1)" : nil, author: "reader\(index % 7)", text: row.1,
        labels: ["off_topic": row.2, "conspiracy": row.3])
    }
  }()

  /// The articles, each followed by its comments.
  public static let records: [Record] = articles.flatMap { article in
    [.article(article)] + comments.filter { $0.articleID == article.id }.map { .comment($0) }
  }

  /// Records for a table of 2^12 buckets: small enough for tests that write it many times.
  public static func options(_ algorithm: TrainingOptions.Algorithm = .nbLogistic) -> TrainingOptions {
    var options = TrainingOptions(algorithm: algorithm)
    options.features.bits = 12
    options.folds = 3
    options.groupField = "id"
    return options
  }

  public static func train(_ options: TrainingOptions = options(), threads: Int = 1) throws -> Trainer.Outcome {
    var trainer = try Trainer(options: options)
    trainer.threads = threads
    return try trainer.train(PreparedData(records, features: options.features, groupField: options.groupField))
  }
}

/// Inputs that nobody meant: seeded, so that a failure can be repeated.
public struct Mutator {
  public var generator: SeededGenerator

  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Some of the bytes changed, removed, doubled or cut off.
  public mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.below(4) where !bytes.isEmpty {
      let position = generator.below(bytes.count)
      switch generator.below(6) {
      case 0: bytes[position] = UInt8(generator.below(256))
      case 1: bytes.remove(at: position)
      case 2: bytes.insert(UInt8(generator.below(256)), at: position)
      case 3: bytes.removeLast(bytes.count - position)
      case 4: bytes[position] ^= 1 << UInt8(generator.below(8))
      default:
        let end = min(bytes.count, position + generator.below(64))
        bytes.insert(contentsOf: bytes[position..<end], at: generator.below(bytes.count))
      }
    }
    return bytes
  }

  /// Random text of letters, marks, emoji, punctuation and broken bytes.
  public mutating func text(length: Int) -> [UInt8] {
    let pieces: [[UInt8]] =
      [
        "a", "Z", "é", "e\u{301}", "ß", "’", "'", "7", ".", ",", "!", "?!", " ", "\n", "@", "#", "_", "/", ":", "-", "я", "Σ", "ς", "漢",
        "字", "か",
        "ไ", "😀", "👍🏽", "🇩🇪", "👩‍👩‍👧", "\u{200B}", "\u{AD}", "\u{202E}", "http://", "www.", "x@y.de", "U.S.", "9/11", "\u{0}", "🏴", "ñ", "İ",
      ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xF0, 0x9F], [0xED, 0xA0, 0x80], [0xC0, 0xAF]]
    var bytes: [UInt8] = []
    for _ in 0..<length { bytes += pieces[generator.below(pieces.count)] }
    return bytes
  }
}
