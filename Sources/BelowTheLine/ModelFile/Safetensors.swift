/// The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the tensors without gaps.
///
/// Chosen because every ecosystem reads it: `safetensors.numpy.load_file("default.btl")` gives the weights. Only 32-bit
/// floats and bytes are used here. The format is described at https://github.com/huggingface/safetensors.
package enum Safetensors {
  package enum Element: String, Sendable {
    case float32 = "F32"
    case uint8 = "U8"

    var byteCount: Int { self == .float32 ? 4 : 1 }
  }

  /// A tensor to be written.
  package struct Content: Sendable {
    package let name: String
    package let type: Element
    package let shape: [Int]
    /// Little-endian.
    package let bytes: [UInt8]

    /// - Parameter values: their count is the product of the shape.
    package init(_ name: String, _ shape: [Int], _ values: [Float]) {
      precondition(values.count == shape.reduce(1, *))
      (self.name, self.shape, type) = (name, shape, .float32)
      bytes = [UInt8](unsafeUninitializedCapacity: 4 * values.count) { buffer, count in
        for (index, value) in values.enumerated() {
          UnsafeMutableRawBufferPointer(buffer).storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        }
        count = 4 * values.count
      }
    }

    package init(_ name: String, _ shape: [Int], _ values: [UInt8]) {
      precondition(values.count == shape.reduce(1, *))
      (self.name, self.shape, type, bytes) = (name, shape, .uint8, values)
    }
  }

  package struct Tensor: Sendable, Equatable {
    package var name: String
    package var type: Element
    package var shape: [Int]
    /// Bytes within the data that follow the header.
    package var range: Range<Int>
  }

  package struct Header: Sendable {
    package var metadata: [JSONMember]
    package var tensors: [Tensor]
    /// Where the tensors begin in the file.
    package var dataStart: Int

    package func metadata(_ key: String) -> String? { metadata.first { $0.key == key }?.value.text }
  }

  /// Integers that a tensor of bytes holds, little-endian; as many as are whole.
  static func integers<Integer: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer) -> [Integer] {
    let size = MemoryLayout<Integer>.size
    var integers = [Integer](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
      count = bytes.count / size
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count * size)))
    }
    for index in integers.indices where Integer(littleEndian: 1) != 1 { integers[index] = Integer(littleEndian: integers[index]) }
    return integers
  }

  private static let maximumHeader = 16 << 20

  package static func write(metadata: [(String, String)], tensors: [Content]) -> [UInt8] {
    var members: [JSONMember] = [JSONMember("__metadata__", .object(metadata.map { JSONMember($0.0, .string($0.1)) }))]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.bytes.count
      members.append(
        JSONMember(
          tensor.name,
          .object([
            JSONMember("dtype", .string(tensor.type.rawValue)),
            JSONMember("shape", .array(tensor.shape.map(JSONValue.integer))),
            JSONMember("data_offsets", .array([.integer(offset), .integer(end)])),
          ])))
      offset = end
    }
    var header = Array(JSONWriter.text(.object(members)).utf8)
    // The data begin at a multiple of 64 bytes, so that a mapped file is aligned for use as it is.
    while (8 + header.count) % 64 != 0 { header.append(0x20) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header)
    for tensor in tensors { bytes.append(contentsOf: tensor.bytes) }
    return bytes
  }

  package static func header(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) -> Header {
    guard bytes.count >= 10 else { throw .notAModel("it has \(bytes.count) bytes") }
    let length = bytes.loadUnaligned(as: UInt64.self).littleEndian
    guard bytes[8] == UInt8(ascii: "{"), length >= 2, length <= maximumHeader else {
      throw .notAModel("it does not begin with a safetensors header")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else { throw .damaged("it breaks off within the header") }
    let json: JSONValue
    do {
      json = try JSONScanner.parse(Span(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])))
    } catch {
      throw .notAModel("its header is no JSON (\(error))")
    }
    var header = Header(metadata: [], tensors: [], dataStart: dataStart)
    for member in json.members {
      if member.key == "__metadata__" {
        header.metadata = member.value.members
        continue
      }
      let shape = (member.value["shape"]?.elements ?? []).compactMap(\.integer)
      let offsets = (member.value["data_offsets"]?.elements ?? []).compactMap(\.integer)
      guard let type = (member.value["dtype"]?.text).flatMap(Element.init), offsets.count == 2, shape.allSatisfy({ 0...1 << 32 ~= $0 })
      else { throw .notAModel("its tensor \(member.key) is neither of 32-bit floats nor of bytes") }
      guard offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= bytes.count - dataStart,
        (dataStart + offsets[0]) % type.byteCount == 0
      else {
        throw .damaged("its tensor \(member.key) lies outside the file")
      }
      var count = type.byteCount
      for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw .damaged("its tensor \(member.key) has an impossible shape") }
        count = product
      }
      guard count == offsets[1] - offsets[0] else { throw .damaged("its tensor \(member.key) has another size than its shape") }
      header.tensors.append(Tensor(name: member.key, type: type, shape: shape, range: offsets[0]..<offsets[1]))
    }
    guard header.tensors.map(\.range.upperBound).max() ?? 0 == bytes.count - dataStart else {
      throw .damaged("it is longer than its header says")
    }
    return header
  }
}
