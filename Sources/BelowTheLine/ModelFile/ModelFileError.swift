/// Why a file cannot be used as a model.
public enum ModelFileError: Error, Equatable, CustomStringConvertible {
  case unreadable(String, String)
  /// It is something else, or breaks off within the first bytes.
  case notAModel(String)
  /// Written by a later version of this library, or with features that this version does not know.
  case unsupported(String)
  /// The file is shorter or longer than its header says, or its checksum is another.
  case damaged(String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .notAModel(let reason): "not a BelowTheLine model: \(reason)"
    case .unsupported(let reason): "this version of btl cannot use the model: \(reason); train it again or use a newer btl"
    case .damaged(let reason): "the model file is damaged: \(reason); copy or train it again"
    }
  }
}
