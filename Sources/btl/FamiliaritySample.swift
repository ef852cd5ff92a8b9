internal import BelowTheLine

/// Whether a model knows the words of what it scores, by a sample: nothing else tells of a dump in another language.
struct FamiliaritySample: Sendable, Equatable {
  /// Looked at, of those with words enough.
  private(set) var comments = 0
  private(set) var unfamiliar = 0

  /// The first ones, so that small inputs are looked at whole; of more, too few to take time.
  ///
  /// - Parameter number: of a line or comment, from 1.
  static func takes(_ number: Int) -> Bool { number <= 64 || number.isMultiple(of: 512) }

  mutating func add(_ familiarity: Familiarity?) {
    guard let isUnfamiliar = familiarity?.isUnfamiliar else { return }
    comments += 1
    if isUnfamiliar { unfamiliar += 1 }
  }

  mutating func add(_ other: FamiliaritySample) {
    comments += other.comments
    unfamiliar += other.unfamiliar
  }

  /// nil where it is no more than the names and slips of a language that the model knows.
  var note: String? {
    guard unfamiliar > 0, unfamiliar == comments || unfamiliar > 1 && 10 * unfamiliar >= comments else { return nil }
    return "btl: in \(unfamiliar.grouped) of \(comments.grouped) comments looked at the model knows less than half of the words: it learnt "
      + "from another language, or from too little, and their scores mean little"
  }
}
