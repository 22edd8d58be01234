#include "services/storage/document_service.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

constexpr int kPageStandard = 50;
constexpr int kPageMost = 1000;

// What a recipe cut out of the content goes with the content.
void DropMarkup(v1::Document* document) {
  if (document->feed_hints().has_recipe()) document->mutable_feed_hints()->mutable_recipe()->clear_body_html();
}

}  // namespace

void DocumentService::Put(const rpc::CallContext&, const v1::PutDocumentRequest& request,
                          v1::PutDocumentResponse* response, const rpc::Done& done) {
  if (absl::Status checked = CheckDocument(request.document()); !checked.ok()) return done(checked);
  const MonotonicTime begun = kit_.clock().Monotonic();
  store_.PutDocument(request.document(), [this, response, done, begun](absl::StatusOr<PutDocumentResult> result) {
    metrics_.ObservePut(kit_.clock().Monotonic() - begun);
    if (!result.ok()) return done(result.status());
    metrics_.CountPut(result->outcome);
    *response->mutable_document() = std::move(result->document);
    response->set_outcome(result->outcome);
    done(absl::OkStatus());
  });
}

absl::StatusOr<v1::GetDocumentResponse> DocumentService::Get(const rpc::CallContext&,
                                                             const v1::GetDocumentRequest& request) {
  const auto name = ParseDocumentName(request.name());
  if (!name.has_value()) return FieldError("INVALID_DOCUMENT", "name", "has to be \"documents/{uuid}\"");
  v1::GetDocumentResponse response;
  const bool full = request.view() == v1::DOCUMENT_VIEW_FULL;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_document(), store_.GetDocument(*name, full));
  if (!full) DropMarkup(response.mutable_document());
  return response;
}

absl::StatusOr<v1::ListDocumentsResponse> DocumentService::List(const rpc::CallContext&,
                                                                const v1::ListDocumentsRequest& request) {
  PageFingerprint arguments("DocumentService.ListDocuments");
  arguments.Add(request.uri())
      .Add(request.state())
      .Add(request.start_time().seconds())
      .Add(request.start_time().nanos());
  DocumentQuery query{.uri = request.uri(), .state = request.state(), .start_time = {}, .limit = 0, .after = {}};
  if (request.has_start_time()) query.start_time = FromTimestamp(request.start_time());
  DATELINE_ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kPageStandard, kPageMost));
  DATELINE_ASSIGN_OR_RETURN(query.after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(DocumentPage page, store_.ListDocuments(query));
  v1::ListDocumentsResponse response;
  for (v1::Document& document : page.documents) {
    DropMarkup(&document);
    *response.add_documents() = std::move(document);
  }
  response.set_next_page_token(MakePageToken(arguments, page.next));
  return response;
}

grpc::ServerUnaryReactor* DocumentService::PutDocument(grpc::CallbackServerContext* context,
                                                       const v1::PutDocumentRequest* request,
                                                       v1::PutDocumentResponse* response) {
  return rpc::UnaryAsync(
      kit_, context, request, response, "DocumentService.PutDocument",
      [this](const auto& call, const auto& r, auto* answer, rpc::Done done) { Put(call, r, answer, std::move(done)); });
}

grpc::ServerUnaryReactor* DocumentService::GetDocument(grpc::CallbackServerContext* context,
                                                       const v1::GetDocumentRequest* request,
                                                       v1::GetDocumentResponse* response) {
  return rpc::Unary(kit_, context, request, response, "DocumentService.GetDocument",
                    [this](const auto& call, const auto& r) { return Get(call, r); });
}

grpc::ServerUnaryReactor* DocumentService::ListDocuments(grpc::CallbackServerContext* context,
                                                         const v1::ListDocumentsRequest* request,
                                                         v1::ListDocumentsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "DocumentService.ListDocuments",
                    [this](const auto& call, const auto& r) { return List(call, r); });
}

}  // namespace dateline::storage
