#pragma once
// Hears from the other replicas, over a connection of its own (LISTEN/NOTIFY), what their commits mean for this one:
// which subscriptions have something to deliver, and the latest version of the settings. A commit carries its notice
// within its transaction, so none is heard too early and none of a commit that was undone. While the connection is lost
// notices are; after every reconnect the listener is told to look at everything. Owns its thread. Thread-safe.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/sql/postgres/connection.h"

namespace dateline::notification {

// What one commit tells the other replicas.
struct ChangeNotice {
  uint64_t version = 0;                // Of the settings; 0: they are as they were.
  std::vector<int64_t> subscriptions;  // With something new.
  bool all = false;                    // Too many to name.
};
// As text of at most 7 KB; many subscriptions become `all`. `replica` is a word.
std::string FormatNotice(const std::string& replica, const ChangeNotice& notice);
// False for a notice of `replica` itself and for what is none.
bool ParseNotice(const std::string& replica, const std::string& text, ChangeNotice* notice);

class ChangeWatch {
 public:
  struct Options {
    sql::postgres::ConnectionOptions connection{};
    std::string replica{};
    std::string channel{};
    std::chrono::milliseconds reconnect_pause{200};  // Doubles up to the following.
    std::chrono::milliseconds reconnect_pause_max{2'000};
  };
  // Called on the watch's thread.
  using Listener = std::function<void(const ChangeNotice&)>;

  ChangeWatch(Options options, Listener listener);
  // Calls Stop().
  ~ChangeWatch();
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  void Start();
  void Stop();

 private:
  void Run();
  absl::Status Watch();
  // Waits for the server or Stop().
  void Wait(int socket, std::chrono::milliseconds time) const;

  const Options options_;
  const Listener listener_;
  int wake_ = -1;  // An eventfd.
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace dateline::notification
