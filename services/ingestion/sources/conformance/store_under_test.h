#pragma once
// One back end for the conformance suite of the SourceStore port, and the helpers with which its tests speak to a store
// as if it were synchronous. Test code only.

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

struct StoreBackend {
  std::string name;
  // A fresh, empty store. The clock outlives it.
  std::function<std::shared_ptr<SourceStore>(const Clock&)> make;
};

// Waits for a callback that may come from another thread.
template <class T>
class Awaited {
 public:
  void Set(T value) {
    std::lock_guard<std::mutex> lock(mutex_);
    value_ = std::move(value);
    set_.notify_all();
  }
  T Get() {
    std::unique_lock<std::mutex> lock(mutex_);
    set_.wait(lock, [this] { return value_.has_value(); });
    return *value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable set_;
  std::optional<T> value_;
};

inline SourceRecord Record(const std::string& id, const std::string& host, std::optional<WallTime> next_poll) {
  SourceRecord record;
  record.source.set_name("sources/" + id);
  record.source.set_uri("https://" + host + "/" + id);
  record.source.set_state(v1::Source::STATE_ACTIVE);
  record.host = host;
  record.next_poll = next_poll;
  return record;
}

class SourceStoreConformance : public ::testing::TestWithParam<StoreBackend> {
 protected:
  WallTime Now() const { return clock_.Now(); }

  std::vector<HostLease> Lease(const std::string& holder, int max = 10) {
    Awaited<absl::StatusOr<std::vector<HostLease>>> leases;
    store_.LeaseHosts({.holder = holder, .max = max, .duration = std::chrono::minutes(5)}, Now(),
                      [&](absl::StatusOr<std::vector<HostLease>> result) { leases.Set(std::move(result)); });
    auto result = leases.Get();
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : std::vector<HostLease>();
  }
  absl::Status Commit(PollCommit commit) {
    Awaited<absl::Status> done;
    store_.CommitPoll(std::move(commit), Now(), [&](absl::Status status) { done.Set(std::move(status)); });
    return done.Get();
  }
  absl::Status Commit(PageCommit commit) {
    Awaited<absl::Status> done;
    store_.CommitPage(std::move(commit), Now(), [&](absl::Status status) { done.Set(std::move(status)); });
    return done.Get();
  }
  absl::Status Release(const HostLease& lease) {
    Awaited<absl::Status> done;
    store_.CommitHost({.lease = lease, .keep = std::chrono::minutes(5), .release = true}, Now(),
                      [&](absl::Status status) { done.Set(std::move(status)); });
    return done.Get();
  }
  // The outcome of a poll that found these items.
  PollCommit Outcome(const SourceRecord& record, const HostLease& lease, std::vector<std::string> uris = {}) {
    PollCommit commit;
    commit.record = record;
    commit.next_poll_before = record.next_poll;
    commit.record.next_poll = Now() + std::chrono::minutes(30);
    commit.record.state.set_polls(record.state.polls() + 1);
    commit.polled_uri = record.source.uri();
    commit.host = {.lease = lease, .keep = std::chrono::minutes(5), .release = false};
    for (const std::string& uri : uris) {
      ItemRecord item;
      item.source = record.source.name();
      item.uri = uri;
      item.guid = "guid of " + uri;
      item.title_key = "title of " + uri;
      item.host = HostOf(uri);
      item.due = Now();
      item.last_seen = Now();
      commit.items.push_back(item);
    }
    commit.fetches.emplace_back().set_uri(record.source.uri());
    return commit;
  }
  std::optional<SourceRecord> Due(const std::string& host) {
    const auto tasks = store_.Tasks(host, Now(), 10);
    return tasks.ok() && !tasks->empty() ? tasks->front().poll : std::nullopt;
  }

  FakeClock clock_;
  std::shared_ptr<SourceStore> holder_ = GetParam().make(clock_);
  SourceStore& store_ = *holder_;
};

}  // namespace dateline::ingestion
