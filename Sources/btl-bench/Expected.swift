/// What each case of ``Case`` must give, whatever the machine: printed by `btl-bench --record`, to be replaced only where the features,
/// the order of additions or the invented comments were changed on purpose.
enum Expected {
  static let checksums: [String: UInt64] = [
    "limit: memchr": 0x1f40,
    "limit: gather": 0x7a00b2c5a31,
    "json": 0x3be893,
    "tokenise": 0xba94fa9e25c51f97,
    "hash": 0x1adcbfd2200d491b,
    "hash word+char": 0x15d9670076aa87fe,
    "score word": 0x20076c8f8bc2dc24,
    "score word+char": 0xaa4b07b40607abd3,
    "score with relevance": 0x59619c9ba7f24d1e,
    "format": 0xae1f2c0a40304991,
    "train NB": 0x473b24d4d20c32c9,
    "train logistic": 0xe499d06a09ffe931,
  ]
}
