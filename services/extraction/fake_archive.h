#pragma once
// Storage as the worker sees it, in memory: documents with leases that can be made to expire, and faults that tests
// switch on. It enforces the rules of the contract: a commit counts only under the current lease, and once.
// Thread-safe.

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/extraction/archive.h"

namespace dateline::extraction {

class FakeArchive final : public Archive {
 public:
  // Adds a document and its event; returns the sequence.
  uint64_t Add(const std::string& content) {
    MutexLock lock(mutex_);
    const uint64_t sequence = items_.size() + 1;
    Item& item = items_[sequence];
    item.document.set_name("documents/" + std::to_string(sequence));
    item.document.set_uri("https://example.org/" + std::to_string(sequence));
    item.document.set_content(content);
    return sequence;
  }
  // So many leases of the event ended without an answer.
  void SetAttempts(uint64_t sequence, uint32_t attempts) {
    MutexLock lock(mutex_);
    items_[sequence].attempts = attempts;
  }
  // Nothing answers any more, or again.
  void SetDown(bool down) {
    MutexLock lock(mutex_);
    down_ = down;
  }
  // Commits with releases are refused with this; OK takes it back.
  void RefuseReleases(absl::Status status) {
    MutexLock lock(mutex_);
    refusal_ = std::move(status);
  }
  // The lease ends now; another member may take the event.
  void Expire(uint64_t sequence) {
    MutexLock lock(mutex_);
    items_[sequence].token.clear();
  }
  // Another member of the group takes the event.
  void Steal(uint64_t sequence) {
    MutexLock lock(mutex_);
    items_[sequence].token = "stolen";
  }
  void Remove(uint64_t sequence) {
    MutexLock lock(mutex_);
    items_[sequence].gone = true;
  }

  std::vector<storage::v1::CommitReleasesRequest> commits() const {
    MutexLock lock(mutex_);
    return commits_;
  }
  std::vector<events::v1::NackEventRequest> nacks() const {
    MutexLock lock(mutex_);
    return nacks_;
  }
  int lost_commits() const {
    MutexLock lock(mutex_);
    return lost_commits_;
  }
  int leases() const {
    MutexLock lock(mutex_);
    return lease_calls_;
  }
  int extends() const {
    MutexLock lock(mutex_);
    return extends_;
  }
  int largest_lease() const {
    MutexLock lock(mutex_);
    return largest_lease_;
  }

  absl::StatusOr<events::v1::LeaseEventsResponse> Lease(const events::v1::LeaseEventsRequest& request) override {
    MutexLock lock(mutex_);
    ++lease_calls_;
    largest_lease_ = std::max(largest_lease_, request.max_events());
    if (down_) return Down();
    events::v1::LeaseEventsResponse response;
    uint64_t backlog = 0;
    for (auto& [sequence, item] : items_) {
      if (item.done || !item.token.empty()) continue;
      if (response.events_size() == request.max_events()) {
        ++backlog;
        continue;
      }
      item.token = "lease-" + std::to_string(++last_token_);
      events::v1::LeasedEvent& leased = *response.add_events();
      leased.set_sequence(sequence);
      leased.set_lease_token(item.token);
      leased.set_attempt(++item.attempts);
      events::v1::DocumentEvent event;
      event.set_document(item.document.name());
      event.set_content_bytes(item.document.content().size());
      leased.mutable_event()->mutable_proto_data()->PackFrom(event);
    }
    response.set_backlog(backlog);
    return response;
  }

  absl::StatusOr<events::v1::ExtendLeasesResponse> Extend(const events::v1::ExtendLeasesRequest& request) override {
    MutexLock lock(mutex_);
    if (down_) return Down();
    ++extends_;
    events::v1::ExtendLeasesResponse response;
    for (const events::v1::LeaseReference& lease : request.leases()) {
      if (items_[lease.sequence()].token != lease.lease_token()) *response.add_lost() = lease;
    }
    return response;
  }

  absl::Status Nack(const events::v1::NackEventRequest& request) override {
    MutexLock lock(mutex_);
    if (down_) return Down();
    nacks_.push_back(request);
    Item& item = items_[request.lease().sequence()];
    if (request.permanent()) item.done = true;
    item.token.clear();
    return absl::OkStatus();
  }

  void GetDocument(const std::string& name, DocumentDone done) override { done(Find(name)); }

  void Commit(const storage::v1::CommitReleasesRequest& request, CommitDone done) override {
    done(TakeCommit(request));
  }

 private:
  struct Item {
    storage::v1::Document document;
    std::string token;
    uint32_t attempts = 0;
    bool done = false;
    bool gone = false;
  };

  static absl::Status Down() { return absl::UnavailableError("connection refused"); }

  absl::StatusOr<storage::v1::Document> Find(const std::string& name) {
    MutexLock lock(mutex_);
    if (down_) return Down();
    for (const auto& [sequence, item] : items_) {
      if (item.document.name() == name && !item.gone) return item.document;
    }
    return Error(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND", name);
  }

  absl::Status TakeCommit(const storage::v1::CommitReleasesRequest& request) {
    MutexLock lock(mutex_);
    if (down_) return Down();
    Item& item = items_[request.lease().sequence()];
    if (item.done || item.token != request.lease().lease_token()) {
      ++lost_commits_;
      return Error(absl::StatusCode::kFailedPrecondition, "LEASE_LOST", "the lease was lost");
    }
    if (!refusal_.ok() && request.releases_size() > 0) return refusal_;
    item.done = true;
    commits_.push_back(request);
    return absl::OkStatus();
  }

  mutable Mutex mutex_;
  std::map<uint64_t, Item> items_ GUARDED_BY(mutex_);
  std::vector<storage::v1::CommitReleasesRequest> commits_ GUARDED_BY(mutex_);
  std::vector<events::v1::NackEventRequest> nacks_ GUARDED_BY(mutex_);
  absl::Status refusal_ GUARDED_BY(mutex_);
  bool down_ GUARDED_BY(mutex_) = false;
  int last_token_ GUARDED_BY(mutex_) = 0;
  int lost_commits_ GUARDED_BY(mutex_) = 0;
  int lease_calls_ GUARDED_BY(mutex_) = 0;
  int extends_ GUARDED_BY(mutex_) = 0;
  int largest_lease_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::extraction
