#pragma once
// An event with its whole release, as filters are matched on it. Thread-compatible; refers to nothing outside.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/filter/filter.h"
#include "services/notification/event_archive.h"
#include "services/notification/stream_event.h"

namespace dateline::notification {

class ReleaseSubject {
 public:
  // Reads the release from the archive when the event does not carry all of it. One that is gone is matched as the
  // event carries it. Errors of the archive, except NOT_FOUND.
  static absl::StatusOr<std::unique_ptr<ReleaseSubject>> Load(StreamEventPtr event, EventArchive& archive);

  const StreamEvent& event() const { return *event_; }
  const filter::Subject& subject() const { return *subject_; }

 private:
  explicit ReleaseSubject(StreamEventPtr event) : event_(std::move(event)) {}

  const StreamEventPtr event_;
  release::v1::Release full_;
  std::unique_ptr<filter::Subject> subject_;
};

// Why records match, for people: a line for each clause that holds. For many filters that one record matches; it
// outlives this. Not thread-safe.
class MatchReasons {
 public:
  explicit MatchReasons(const filter::Subject& subject) : finder_(subject) {}
  std::vector<std::string> Of(const filter::Filter& filter);

 private:
  filter::ReasonFinder finder_;
};

}  // namespace dateline::notification
