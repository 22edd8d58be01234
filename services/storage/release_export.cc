#include "services/storage/release_export.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

constexpr int kPageReleases = 100;
constexpr size_t kPageBytes = size_t{1} << 20;

class Export final : public rpc::StreamProducer {
 public:
  Export(Store& store, ReleaseQuery query, PageFingerprint arguments,
         rpc::StreamHandle<v1::ExportReleasesResponse> stream)
      : store_(store), query_(std::move(query)), arguments_(std::move(arguments)), stream_(std::move(stream)) {}

  void OnReady() override {
    while (at_ == page_.releases.size()) {
      if (ended_) return stream_->Finish(absl::OkStatus());
      absl::StatusOr<ReleasePage> page = store_.ListReleases(query_);
      if (!page.ok()) return stream_->Finish(page.status());
      page_ = *std::move(page);
      at_ = 0;
      query_.after = page_.next;
      ended_ = !page_.next.has_value();
      if (stream_->closed()) return;
    }
    v1::ExportReleasesResponse message;
    *message.mutable_release() = std::move(page_.releases[at_]);
    message.set_resume_token(MakePageToken(arguments_, page_.positions[at_]));
    ++at_;
    // A closed stream takes nothing, and nothing is left to do then.
    (void)stream_->Write(std::move(message));
  }

 private:
  Store& store_;
  ReleaseQuery query_;
  const PageFingerprint arguments_;
  const rpc::StreamHandle<v1::ExportReleasesResponse> stream_;
  ReleasePage page_;
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::StreamProducer>> MakeExport(Store& store, const v1::ExportReleasesRequest& request,
                                                                rpc::StreamHandle<v1::ExportReleasesResponse> stream) {
  PageFingerprint arguments("ReleaseService.ExportReleases");
  arguments.Add(request.filter()).Add(request.query());
  ReleaseQuery query;
  query.order = ReleaseOrder::kOldest;
  query.view = request.view() == v1::RELEASE_VIEW_BASIC ? View::kBasic : View::kFull;
  query.limit = kPageReleases;
  query.bytes_max = kPageBytes;
  DATELINE_ASSIGN_OR_RETURN(query.after, ReadPageToken(arguments, request.resume_token()));
  DATELINE_ASSIGN_OR_RETURN(query.filter, filter::Compile(request.filter()));
  if (!request.query().empty()) {
    DATELINE_ASSIGN_OR_RETURN(query.words, ParseSearchQuery(request.query()));
  }
  return std::unique_ptr<rpc::StreamProducer>(
      std::make_unique<Export>(store, std::move(query), std::move(arguments), std::move(stream)));
}

}  // namespace dateline::storage
