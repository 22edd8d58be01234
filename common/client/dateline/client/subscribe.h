#pragma once
// Release events for a C++ program, in a few lines and without loss: every event that matches comes once and in order,
// over restarts of either side, as long as the cursor file is kept. Installed with the package dateline-dev:
//
//   find_package(Dateline REQUIRED)
//   target_link_libraries(app PRIVATE Dateline::client)
//
// Needs nothing of ours but the contracts (proto/). Thread-safe: calls of Subscribe share nothing.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dateline/events/v1/event_data.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::client {

struct SubscribeOptions {
  std::string address = "127.0.0.1:7440";  // Of notification: "host:port" or "dns:///name:port".
  std::string filter{};                    // AIP-160 over the release; empty: every event.
  std::vector<std::string> event_types{};  // Empty: all.
  // Where the place in the stream is kept, a file of one line, replaced by rename after each event that the handler was
  // done with. Empty: nothing is kept, and every call begins with `from_earliest`.
  std::string cursor_file{};
  bool from_earliest = false;  // Without a cursor: the oldest event that is kept, instead of the next one.
  // PEM files for mutual TLS, all three or none.
  std::string certificate_file{};
  std::string key_file{};
  std::string ca_file{};
};

// The event's envelope (id, type, time, sequence) and what happened to which release.
using EventHandler =
    std::function<bool(const io::cloudevents::v1::CloudEvent& envelope, const events::v1::ReleaseEvent& event)>;

// Calls `handler` on this thread for each event until it returns false or `stop` becomes true (looked at between events
// and at each heartbeat, at the latest after a second); then OK. A service that does not answer, or goes away, is
// waited for. Errors that no waiting mends: INVALID_ARGUMENT (INVALID_FILTER, INVALID_RESUME_TOKEN, TLS_FILE_INVALID,
// TLS_INCOMPLETE), OUT_OF_RANGE (EVENTS_TRIMMED, EPOCH_CHANGED: read the archive, remove the cursor file, begin
// anew), UNAVAILABLE (CURSOR_NOT_WRITABLE). An event whose handler returned and whose cursor could not be saved comes
// again.
absl::Status Subscribe(const SubscribeOptions& options, const EventHandler& handler,
                       const std::atomic<bool>* stop = nullptr);

}  // namespace dateline::client
