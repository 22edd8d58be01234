#include "services/storage/conformance/store_under_test.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "services/storage/derivation.h"

namespace dateline::storage {
namespace {

// Calls a mutation and waits for its callback.
template <class T, class Start>
absl::StatusOr<T> Await(Start start) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<T>>>();
  auto future = promise->get_future();
  start([promise](absl::StatusOr<T> result) { promise->set_value(std::move(result)); });
  return future.get();
}

}  // namespace

absl::StatusOr<PutDocumentResult> PutAndWait(Store& store, v1::Document document) {
  return Await<PutDocumentResult>([&](auto done) { store.PutDocument(std::move(document), std::move(done)); });
}

absl::StatusOr<v1::CommitReleasesResponse> CommitAndWait(Store& store, v1::CommitReleasesRequest request) {
  return Await<v1::CommitReleasesResponse>(
      [&](auto done) { store.CommitReleases(std::move(request), std::move(done)); });
}

absl::StatusOr<release::v1::Release> WithdrawAndWait(Store& store, WithdrawParams params) {
  return Await<release::v1::Release>([&](auto done) { store.WithdrawRelease(std::move(params), std::move(done)); });
}

v1::Document MakeDocument(std::string_view uri, std::string_view content) {
  v1::Document document;
  document.set_uri(std::string(uri));
  document.set_given_uri(std::string(uri));
  document.set_content(std::string(content));
  document.set_content_type("text/plain");
  return document;
}

release::v1::Release MakeRelease(std::string_view uri, std::string_view title, std::string_view text) {
  release::v1::Release release;
  release.set_name("releases/" + UuidV5(uri));
  release.set_uri(std::string(uri));
  release.set_title(std::string(title));
  release.set_text(std::string(text));
  release.set_language("en");
  release.mutable_extractor()->set_version("0.0.0-test");
  release.mutable_extractor()->set_rules("test");
  return release;
}

v1::CommittedRelease Publish(Store& store, std::string_view uri, std::string_view title, std::string_view text) {
  const auto put = PutAndWait(store, MakeDocument(uri, fmt::format("{}\n\n{}", title, text)));
  DATELINE_CHECK(put.ok(), put.status().ToString());
  v1::CommitReleasesRequest request;
  request.set_document(put->document.name());
  *request.add_releases() = MakeRelease(uri, title, text);
  const auto committed = CommitAndWait(store, request);
  DATELINE_CHECK(committed.ok() && committed->releases_size() == 1, committed.status().ToString());
  return committed->releases(0);
}

std::vector<io::cloudevents::v1::CloudEvent> EventsOf(Store& store, std::string_view topic) {
  std::vector<io::cloudevents::v1::CloudEvent> events;
  while (true) {
    const auto read =
        store.events().Read({.topic = std::string(topic), .after = eventlog::Sequence(events.size()), .limit = 1000});
    DATELINE_CHECK(read.ok(), read.status().ToString());
    if (read->records.empty()) return events;
    for (const eventlog::Record& record : read->records) {
      EXPECT_EQ(record.sequence.value(), events.size() + 1);
      EXPECT_TRUE(events.emplace_back().ParseFromString(record.payload));
    }
  }
}

std::vector<release::v1::Release> All(Store& store, const char* filter) {
  ReleaseQuery query;
  query.filter = *filter::Compile(filter);
  query.view = View::kFull;
  query.order = ReleaseOrder::kOldest;
  query.limit = 1000;
  auto page = store.ListReleases(query);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? std::move(page->releases) : std::vector<release::v1::Release>();
}

v1::VerifyArchiveReport Verified(Store& store) {
  const auto report = store.admin()->Verify(true, [] { return true; });
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : v1::VerifyArchiveReport();
}

void Derive(Store& store, const Clock& clock) {
  ASSERT_TRUE(Derivation(store.derived(), clock).Drain().ok());
}

}  // namespace dateline::storage
