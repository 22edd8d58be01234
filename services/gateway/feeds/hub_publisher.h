#pragma once
// Tells the WebSub hub that feeds announce which of them have news, within seconds of the event, so that its
// subscribers need not poll. It follows the stream of events as any listener does. A hub that does not answer is told
// later: only the addresses are kept, each once, and the hub reads what is there by then. Nothing is on disk: after a
// start every feed is told once, since events may have passed unheard.
//
// WebSub (W3C, 2018) leaves the publishing to hubs; what they agree on is PubSubHubbub 0.4, section 7: a form with
// hub.mode=publish and hub.url for each address.

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "services/gateway/feeds/feed_topics.h"
#include "services/gateway/live/event_source.h"

namespace dateline::http {
class Fetcher;
}
namespace dateline::metrics {
class Registry;
}

namespace dateline::gateway {

class Backend;

class HubPublisher {
 public:
  struct Options {
    std::string hub_uri;
    // News come in bursts: what comes within this time is told at once.
    std::chrono::milliseconds settle_time{2'000};
    // Before a hub that failed is asked again, and a stream that ended is opened again; doubled up to the second.
    std::chrono::milliseconds retry_time{5'000}, retry_time_max{600'000};
  };

  // All outlive this.
  HubPublisher(const Options& options, FeedTopics& topics, EventSource& source, Backend& backend, http::Fetcher& hub,
               const Clock& clock, metrics::Registry& registry);
  // Stops.
  ~HubPublisher();
  HubPublisher(const HubPublisher&) = delete;
  HubPublisher& operator=(const HubPublisher&) = delete;

  void Start();
  // Waits for a request that is under way, at most its ten seconds.
  void Stop();

 private:
  // What the stream of events leaves for the thread; shared, since its last call may come after this has gone.
  struct Inbox;
  class Follower;

  // What is to be done when; of the thread.
  struct Plan {
    std::set<std::string> owed;  // Addresses that the hub has not been told; bounded by the topics.
    MonotonicTime news_from = MonotonicTime::max(), hub_from{}, stream_from{};
    std::chrono::milliseconds hub_wait{}, stream_wait{};  // The latest waits after failures.
    bool open = false, look = false;                      // Due: the stream; what has come.
  };

  void Run();
  // Until something is due; false: until Stop().
  bool Await(Plan* plan);
  void Open();
  // Tells the hub what it is owed, until it fails.
  void Settle(Plan* plan);
  // The addresses with news among what has come, or none.
  std::vector<std::string> Touched();
  // True when the hub took them, or never will.
  bool Tell(const std::vector<std::string>& uris);

  const Options options_;
  FeedTopics& topics_;
  EventSource& source_;
  Backend& backend_;
  http::Fetcher& hub_;
  const Clock& clock_;
  metrics::Registry& registry_;
  const std::shared_ptr<Inbox> inbox_;
  std::shared_ptr<EventStream> stream_;  // Of the thread.
  std::thread thread_;
};

}  // namespace dateline::gateway
