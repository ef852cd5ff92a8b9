import BelowTheLine
import TestSupport
import Testing

struct UTF8CheckTests {
  private func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { UTF8Check.isValid($0) } }

  @Test func everySequenceOfFourBytesIsJudgedAsTheLibraryDoes() {
    // One byte of each range that RFC 3629 tells apart, and its ends.
    let bytes: [UInt8] = [
      0x00, 0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
      0xF4, 0xF5, 0xFF,
    ]
    for a in bytes {
      for b in bytes {
        for c in bytes {
          for d in bytes {
            let text = [a, b, c, d]
            if isValid(text) != (String(validating: text, as: UTF8.self) != nil) { Issue.record("\(text)") }
          }
        }
      }
    }
  }

  @Test func longTextsAreJudgedAsTheLibraryDoes() {
    var mutator = Mutator(seed: 8)
    var valid = 0
    for length in 0..<2000 {
      let text = mutator.text(length: length % 40) + [UInt8](repeating: 0x61, count: length % 19)
      let expected = String(validating: text, as: UTF8.self) != nil
      #expect(isValid(text) == expected)
      if expected { valid += 1 }
    }
    #expect(valid > 200)
  }
}
