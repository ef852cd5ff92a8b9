#if Service
  internal import CommentSources
  internal import HTTPTypes
  internal import Hummingbird
  internal import NIOCore
  internal import ScoringService

  /// Which request is answered by what.
  struct Routes: Sendable {
    let service: ScoringService
    /// Of a request's body, in bytes.
    let limit: Int

    var router: Router<BasicRequestContext> {
      let router = Router()
      router.get("/health") { _, _ in "ok\n" }
      router.get("/model") { _, _ in Self.response(service.card(), .json) }
      router.post("/score") { request, _ in try await answer(request, score) }
      router.post("/v1alpha1/comments:analyze") { request, _ in
        try await answer(request) { body, _ throws(RequestError) in Self.response(try service.analyze(body), .json) }
      }
      return router
    }

    private func answer(
      _ request: Request, _ body: ([UInt8], Request) throws(RequestError) -> Response
    ) async throws -> Response {
      do {
        return try body(try await collect(request), request)
      } catch let error as RequestError {
        return Self.response(error.body, .json, HTTPResponse.Status(code: error.kind.rawValue))
      }
    }

    private func collect(_ request: Request) async throws -> [UInt8] {
      do {
        return Array(buffer: try await request.body.collect(upTo: limit))
      } catch is NIOTooManyBytesError {
        throw RequestError(.contentTooLarge, "the body is larger than \(limit >> 20) MB, which --limit sets")
      }
    }

    private func score(_ body: [UInt8], _ request: Request) throws(RequestError) -> Response {
      let query = request.uri.queryParameters
      let from = query["from"].map(String.init)
      let format = from.flatMap(SourceFormat.init(rawValue:))
      if let from, format == nil {
        let formats = SourceFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestError(.badRequest, "there is no format \(from); there are \(formats)")
      }
      let explain = query["explain"].map(String.init)
      guard explain == nil || explain == "true" || explain == "false" else {
        throw RequestError(.badRequest, "explain is true or false, not \(explain ?? "")")
      }
      let rows = try service.score(body, from: format, explains: explain == "true")
      var response = Self.response(rows.bytes, .jsonLines)
      if let name = HTTPField.Name("BTL-Records") {
        response.headers[name] =
          "\(rows.comments) scored, \(rows.articles) articles, \(rows.rejected) rejected, \(rows.passedOver) passed over"
      }
      return response
    }

    private enum Content: String {
      case json = "application/json"
      case jsonLines = "application/x-ndjson"
    }

    private static func response(_ bytes: [UInt8], _ content: Content, _ status: HTTPResponse.Status = .ok) -> Response {
      Response(status: status, headers: [.contentType: content.rawValue], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
  }
#endif
