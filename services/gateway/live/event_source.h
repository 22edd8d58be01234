#pragma once
// Where events come from, as a port: the stream of notification, one for each listener, with its filter and its resume
// token. Thread-safe.

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "dateline/notification/v1/event_stream_service.pb.h"

namespace dateline::gateway {

// What a listener does with its stream. Called on a thread of the source, one call at a time; must not block.
class EventListener {
 public:
  virtual ~EventListener() = default;
  // True: the next one may come; false: only after EventStream::More().
  virtual bool OnMessage(const notification::v1::StreamEventsResponse& message) = 0;
  // The last call.
  virtual void OnEnd(const absl::Status& status) = 0;
};

class EventStream {
 public:
  virtual ~EventStream() = default;
  // Asks for the next message after OnMessage said false.
  virtual void More() = 0;
  // Ends it; OnEnd comes still.
  virtual void Cancel() = 0;
};

class EventSource {
 public:
  virtual ~EventSource() = default;
  // `listener` is kept until its OnEnd has returned.
  virtual std::shared_ptr<EventStream> Open(const notification::v1::StreamEventsRequest& request,
                                            std::shared_ptr<EventListener> listener) = 0;
};

}  // namespace dateline::gateway
