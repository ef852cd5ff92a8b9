/// The version of library and command, as `btl --version` prints it and models record it.
public enum Version {
  public static let current = "0.1.0"
}
