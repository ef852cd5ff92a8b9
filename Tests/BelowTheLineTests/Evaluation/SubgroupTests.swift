import BelowTheLine
import Testing

struct SubgroupTests {
  @Test func termsAreFoundAsWholeWords() throws {
    let subgroups = try Subgroup.parse("# who\n\nmigrants: asylum seekers, Refugee\n right :RIGHT ,conservative\n")
    #expect(subgroups.map(\.name) == ["migrants", "right"])
    #expect(Subgroup.mentioned(in: "The ASYLUM seekers are right", of: subgroups) == [true, true])
    #expect(Subgroup.mentioned(in: "Asylum for seekers; the copyright of refugees", of: subgroups) == [false, false])
    #expect(Subgroup.mentioned(in: "", of: subgroups) == [false, false])
    #expect(Subgroup.mentioned(in: "asylum", of: subgroups) == [false, false])
  }

  @Test(arguments: [("a: b\nwomen woman", 2), (": woman", 1), ("women: , ", 1)])
  func aLineThatNamesNothingIsRefused(text: String, line: Int) {
    #expect(throws: SubgroupError.self) { try Subgroup.parse(text) }
    do { _ = try Subgroup.parse(text) } catch { #expect(error.line == line) }
  }

  /// Members: positive .9, negative .8 and .2. Others: positive .7 and .3, negative .1. By hand: within the subgroup both pairs are right
  /// (1); of the pairs (.7, .3) against (.8, .2) .7>.2 and .3>.2 are right (.5); .9 against .1 is right (1).
  @Test func threeAreasByHand() {
    let auc = SubgroupAUC(
      name: "x", scores: [0.9, 0.8, 0.2, 0.7, 0.3, 0.1], isPositive: [true, false, false, true, true, false],
      isMember: [true, true, true, false, false, false])
    #expect(auc.rows == 3 && auc.positives == 1)
    #expect(auc.subgroup == 1)
    #expect(auc.backgroundPositiveSubgroupNegative == 0.5)
    #expect(auc.backgroundNegativeSubgroupPositive == 1)
    // The pair .7 > .2 weighs 1·3, .3 > .2 too, and the other two 1·1: 6 of 8.
    let weighted = SubgroupAUC(
      name: "x", scores: [0.9, 0.8, 0.2, 0.7, 0.3, 0.1], isPositive: [true, false, false, true, true, false],
      isMember: [true, true, true, false, false, false], weights: [1, 1, 3, 1, 1, 1])
    #expect(weighted.backgroundPositiveSubgroupNegative == 0.75)
    let empty = SubgroupAUC(name: "y", scores: [0.5], isPositive: [true], isMember: [false])
    #expect(empty.subgroup.isNaN)
  }
}
