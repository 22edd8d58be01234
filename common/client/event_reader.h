#pragma once
// Reads the event stream: opens it, and opens it again where it broke off, with the token of the last
// event that the handler was done with. So every event comes once and in order, whatever happens to the services
// meanwhile. Run() belongs to one thread; Stop() may come from any.

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"
#include "dateline/notification/v1/event_stream_service.pb.h"

namespace dateline::client {

class EventReader {
 public:
  using Response = notification::v1::StreamEventsResponse;
  // Called for every message, heartbeats too; false ends the reading.
  using Handler = std::function<bool(const Response&)>;

  struct Options {
    notification::v1::StreamEventsRequest request;
    // How long to go on trying while nobody answers; 0 tries once, a negative one without end. Any other tries at least
    // twice: the first try may have taken all of that time waiting for a name service that did not get the question.
    std::chrono::milliseconds retry_limit{10'000};
    // Told when the stream breaks and the reader tries again; may be empty.
    std::function<void(const absl::Status&)> on_retry;
  };

  EventReader(notification::v1::EventStreamService::StubInterface& stub, Options options);

  // OK when the handler ended it or Stop() was called; else the error that no retry mends.
  absl::Status Run(const Handler& handler);
  void Stop();

 private:
  absl::Status ReadOnce(const Handler& handler, bool* opened, bool* ended);
  bool Pause(std::chrono::milliseconds delay);

  notification::v1::EventStreamService::StubInterface& stub_;
  Options options_;
  Mutex mutex_;
  CondVar stopped_;
  grpc::ClientContext* context_ GUARDED_BY(mutex_) = nullptr;  // Of the open stream.
  bool stop_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::client
