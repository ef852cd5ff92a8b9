import BelowTheLine
import Foundation
import Testing

struct ElementaryTests {
  @Test func exponentialAgreesWithTheCLibrary() {
    for step in -7000...7000 {
      let x = Double(step) / 10 + 0.0123
      #expect(abs(Elementary.exp(x) / Foundation.exp(x) - 1) < 5e-16 || Elementary.exp(x) == Foundation.exp(x))
    }
    #expect(Elementary.exp(0) == 1)
    #expect(Elementary.exp(-1000) == 0)
    #expect(Elementary.exp(1000) == .infinity)
    #expect(Elementary.exp(.nan).isNaN)
  }

  @Test func logarithmAgreesWithTheCLibrary() {
    var x = Double.leastNormalMagnitude / 64
    while x < 1e300 {
      #expect(abs(Elementary.log(x) - Foundation.log(x)) <= 4e-16 * max(1, abs(Foundation.log(x))))
      x *= 1.37
    }
    #expect(Elementary.log(1) == 0)
    #expect(Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-1).isNaN)
  }

  @Test func sigmoidAndSoftplusDoNotOverflow() {
    #expect(Elementary.sigmoid(0) == 0.5)
    #expect(Elementary.sigmoid(800) == 1)
    #expect(Elementary.sigmoid(-800) == 0)
    #expect(Elementary.softplus(800) == 800)
    #expect(abs(Elementary.softplus(0) - 0.6931471805599453) < 1e-15)
  }

  /// In another order the two large products would take each other away first, and leave 1.
  @Test func productsAreAddedInTheirOrder() {
    #expect(Elementary.dot([1e16, 1, -1e16, 0.5], [1, 1, 1, 3]) == 1.5)
    #expect(Elementary.dot([], []) == 0)
  }
}
