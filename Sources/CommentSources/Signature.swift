internal import BelowTheLine

/// The end of a remark that its author has signed, as on the talk pages of wikis: a name as a link, others in brackets, and a time.
///
///     Who pays for it? Ann (talk) 10:00, 1 March 2021 (UTC)    is signed by Ann, 10:00, 1 March 2021 (UTC)
struct Signature {
  private(set) var author: String
  private(set) var time: String
  /// Of the signature and what stands behind it, in bytes from the end of the line.
  private(set) var length: Int

  /// What stands before a signature that no full stop sets apart has to be this long.
  private static let leastWords = 6

  /// - Returns: nil where the line does not end so.
  /// - Complexity: linear in the length of the line.
  init?(_ tree: HTMLTree, _ lines: PageLines, line: Int) {
    guard lines.lines[line].linkWords > 0, lines.lines[line].words > 4 else { return nil }
    let original = lines.words(ofLine: line)
    // A time has no more words than these, nor what follows it.
    let start = max(0, original.count - 20)
    guard original[start...].contains(where: { $0.contains(":") }) else { return nil }
    guard let found = PageTime.find(Array(original[start...].map { $0.lowercased() })), found.hasClock, found.words.count > 2 else {
      return nil
    }
    let time = start + found.words.lowerBound..<start + found.words.upperBound
    guard original[time.upperBound...].allSatisfy({ CommentParts.isControl($0.lowercased()) || $0.hasPrefix("(") && $0.hasSuffix(")") })
    else {
      return nil
    }
    let links = Self.links(tree, lines, line)
    var end = time.lowerBound
    while end > 0, CommentParts.bare(original[end - 1]).isEmpty { end -= 1 }
    if end > 0, original[end - 1].hasSuffix(")") {
      while end > 0, !original[end - 1].hasPrefix("("), time.lowerBound - end < 12 { end -= 1 }
      end -= 1
    }
    guard end > 0, links[end - 1] >= 0 else { return nil }
    var begin = end
    while begin > 0, links[begin - 1] == links[end - 1] { begin -= 1 }
    author = original[begin..<end].joined(separator: " ").trimming { ",;:-–—".contains($0) || $0.isWhitespace }
    while begin > 0, original[begin - 1].allSatisfy({ "-–—~".contains($0) }) { begin -= 1 }
    let isApart = begin > 0 && original[begin - 1].last.map { ".!?…".contains($0) } == true
    guard !author.isEmpty, author.count <= 80, isApart || begin >= Self.leastWords else { return nil }
    self.time = original[time].joined(separator: " ")
    if let zone = original[time.upperBound...].first, zone.hasPrefix("(") { self.time += " " + zone }
    length = original[begin...].reduce(-1) { $0 + $1.utf8.count + 1 }
  }

  /// For each word of a line the link that it begins in; −1 where there is none.
  private static func links(_ tree: HTMLTree, _ lines: PageLines, _ line: Int) -> [Int] {
    var links: [Int] = []
    var rest = lines.words(ofLine: line).map(\.utf8.count)[...]
    /// How many bytes of the word are still to come.
    var left = 0
    for node in lines.lines[line].first...lines.lines[line].last where tree.nodes[node].tag == .text {
      var link = tree.nodes[node].parent
      while link >= 0, tree.nodes[link].tag != .a, !tree.nodes[link].tag.isBlock { link = tree.nodes[link].parent }
      if link >= 0, tree.nodes[link].tag != .a { link = -1 }
      var previous: UInt8 = 0
      var count = 0
      for byte in tree.text[tree.nodes[node].range] {
        if byte > 0x20 { count += byte == 0xA0 && previous == 0xC2 ? -1 : 1 }
        previous = byte
      }
      while count > 0 {
        if left == 0 {
          guard let next = rest.popFirst() else { return links }
          links.append(link)
          left = next
        }
        let taken = min(left, count)
        (left, count) = (left - taken, count - taken)
      }
    }
    return links + rest.map { _ in -1 }
  }
}
