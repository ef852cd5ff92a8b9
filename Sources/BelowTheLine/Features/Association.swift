/// Which words go with which, learnt from the articles and threads of a background: latent semantic analysis (Deerwester, Dumais,
/// Furnas, Landauer and Harshman 1990). Words that stand under like articles point in like directions, so a comment can be close to an
/// article with which it shares no word.
///
/// The rows of the matrix X are conversations, an article with what was said under it; a word weighs by its inverse document frequency,
/// and each row has length 1. The words' directions are rows of an orthonormal basis of the leading right singular vectors' space,
/// found by subspace iteration from random rows (Halko, Martinsson and Tropp 2011, SIAM Review 53, algorithm 4.4); which basis it is
/// makes no difference to an angle.
package struct Association: Sendable, Equatable {
  /// As many directions as tell subjects apart where conversations are few: with 16 pages were told from each other as well as with 128.
  package static let dimensions = 16
  private typealias Coordinates = SIMD16<Double>

  /// Of each bucket of words its direction, of length 127, or zeros where too few conversations have it; empty where nothing was learnt.
  package let directions: [Int8]

  package static let none = Association(directions: [])

  private static let iterations = 4
  /// More would hardly turn the space, and take their time.
  private static let maximumConversations = 4096
  /// Words in fewer conversations tell little of their company, those in more than this share of them go with everything.
  private static let leastConversations = 3
  private static let largestShare = 0.3

  /// - Parameter directions: of all buckets, or none.
  package init(directions: [Int8]) {
    precondition(directions.isEmpty || directions.count == Self.dimensions << TextProfile.bucketBits)
    self.directions = directions
  }

  /// - Parameter conversations: the profiles of each, an article with its comments.
  /// - Complexity: O(words × dimensions) for each of some steps.
  init(_ conversations: [[TextProfile]]) {
    let rows = conversations.prefix(Self.maximumConversations).map { profiles in
      var seen = BucketSet()
      return profiles.flatMap { profile in profile.words.filter { seen.insertIfNew($0) } }
    }
    var counts = [Int](repeating: 0, count: 1 << TextProfile.bucketBits)
    for word in rows.joined() { counts[Int(word)] += 1 }
    let weights = counts.map { count in
      let isTelling = count >= Self.leastConversations && Double(count) < Self.largestShare * Double(rows.count)
      return isTelling ? Elementary.log(Double(rows.count) / Double(count)) : 0
    }
    guard rows.count >= Self.dimensions, weights.contains(where: { $0 > 0 }) else {
      self = .none
      return
    }
    let lengths = rows.map { row in row.reduce(0.0) { $0 + weights[Int($1)] * weights[Int($1)] }.squareRoot() }
    var generator = SeededGenerator(seed: 1)
    var coordinates = rows.map { _ in
      var row = Coordinates.zero
      for index in row.indices { row[index] = generator.next() & 1 == 0 ? 1 : -1 }
      return row
    }
    var words = [Coordinates](repeating: .zero, count: weights.count)
    for iteration in 0...Self.iterations {
      for word in words.indices { words[word] = .zero }
      for (number, row) in rows.enumerated() where lengths[number] > 0 {
        let share = coordinates[number] / lengths[number]
        for word in row { words[Int(word)] += weights[Int(word)] * share }
      }
      Self.orthonormalise(&words)
      guard iteration < Self.iterations else { break }
      for (number, row) in rows.enumerated() where lengths[number] > 0 {
        coordinates[number] = row.reduce(Coordinates.zero) { $0 + weights[Int($1)] * words[Int($1)] } / lengths[number]
      }
    }
    directions = words.flatMap { word -> [Int8] in
      let length = (word * word).sum().squareRoot()
      let scale = length > 1e-9 ? 127 / length : 0
      return word.indices.map { Int8((word[$0] * scale).rounded()) }
    }
  }

  /// Gram-Schmidt on the columns, modified, twice over (Giraud, Langou and Rozložník 2005); what depends on those before becomes 0.
  private static func orthonormalise(_ rows: inout [Coordinates]) {
    for _ in 0..<2 {
      for column in 0..<dimensions {
        var overlaps = rows.reduce(Coordinates.zero) { $0 + $1[column] * $1 }
        let length = overlaps[column].squareRoot()
        let scale = length > 1e-9 ? 1 / length : 0
        overlaps *= scale
        for before in 0...column { overlaps[before] = 0 }
        for row in rows.indices {
          let value = rows[row][column] * scale
          rows[row] -= value * overlaps
          rows[row][column] = value
        }
      }
    }
  }
}

/// Where a text points: the directions of its words, each times its idf.
struct TextDirection: Sendable {
  private(set) var sum = SIMD16<Float>.zero

  init(_ profile: TextProfile, _ background: Background) {
    guard !background.association.directions.isEmpty else { return }
    let total = background.association.directions.withUnsafeBytes { directions in
      background.withCodes(.idf) { codes in
        var total = SIMD16<Int32>.zero
        for word in profile.words {
          let direction = directions.loadUnaligned(fromByteOffset: Int(word) * Association.dimensions, as: SIMD16<Int8>.self)
          // No more than 127 × 255 each, of at most 2^16 words: nothing overflows.
          let weighed = SIMD16<Int16>(truncatingIfNeeded: direction) &* SIMD16(repeating: Int16(codes[Int(word)]))
          total &+= SIMD16<Int32>(truncatingIfNeeded: weighed)
        }
        return total
      }
    }
    sum = SIMD16<Float>(total) * Float(1 / (127 * Background.stepsPerNat))
  }

  var length: Float { (sum * sum).sum().squareRoot() }

  /// Cosine of the angle to another text.
  ///
  /// - Parameter least: a shorter sum counts as this long, for a comment of a common word or two points nowhere.
  func cosine(_ other: TextDirection, least: Float) -> Double {
    let otherLength = other.length
    return otherLength > 0 ? Double((sum * other.sum).sum() / (max(length, least) * otherLength)) : 0
  }
}
