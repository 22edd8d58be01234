#pragma once
// One back end for the conformance suite, and the few helpers with which its tests speak to a store as if it were
// synchronous. Test code only.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

struct Backend {
  std::string name;  // Part of the tests' names: "memory", "sqlite".
  // A fresh, empty store. The clock outlives it; what the store needs besides (a folder) lives as long as it does.
  std::function<std::shared_ptr<Store>(const Clock&)> make;
};

absl::StatusOr<PutDocumentResult> PutAndWait(Store& store, v1::Document document);
absl::StatusOr<v1::CommitReleasesResponse> CommitAndWait(Store& store, v1::CommitReleasesRequest request);
absl::StatusOr<release::v1::Release> WithdrawAndWait(Store& store, WithdrawParams params);

// A document at this URI with this content, pushed (no source).
v1::Document MakeDocument(std::string_view uri, std::string_view content);
// A release at this URI as extraction would give it.
release::v1::Release MakeRelease(std::string_view uri, std::string_view title, std::string_view text);
// Puts a document and commits one release for it, without a lease; the answer for that release.
v1::CommittedRelease Publish(Store& store, std::string_view uri, std::string_view title, std::string_view text);

// All releases that a filter lets through, whole, the oldest first.
std::vector<release::v1::Release> All(Store& store, const char* filter = "");
// What a deep verification says.
v1::VerifyArchiveReport Verified(Store& store);
// Works out all links and entities that wait.
void Derive(Store& store, const Clock& clock);

// All events of a topic.
std::vector<io::cloudevents::v1::CloudEvent> EventsOf(Store& store, std::string_view topic);

class StoreConformance : public ::testing::TestWithParam<Backend> {
 protected:
  FakeClock clock_;
  std::shared_ptr<Store> holder_ = GetParam().make(clock_);
  Store& store_ = *holder_;
};

// Of the back ends that have administration.
class AdminConformance : public StoreConformance {};

}  // namespace dateline::storage
