#pragma once
// Decides who may connect, by ZeroMQ's authentication protocol (RFC 27): a thread with one REP socket that libzmq asks
// for every CURVE handshake in its context. Each ZAP domain has an allow-list of its own, so that a key that may read
// cannot publish. Refuses what it does not understand. The context outlives it; sockets with a ZAP domain are bound
// after Start() and closed before Stop(), because without a handler libzmq lets everybody in.

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/bus/socket.h"
#include "services/eventbus/allow_list.h"

namespace dateline::eventbus {

inline constexpr std::string_view kPublishersDomain = "publishers";
inline constexpr std::string_view kSubscribersDomain = "subscribers";

// One request as libzmq sends it, without its first delimiter.
struct ZapRequest {
  std::string version;
  std::string request_id;
  std::string domain;
  std::string address;
  std::string mechanism;
  std::string client_key;  // 32 bytes.
};
// False when the frames are no CURVE request of version 1.0.
bool ParseZapRequest(const std::vector<std::string_view>& frames, ZapRequest* request);

class ZapHandler {
 public:
  struct Stats {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
  };

  // The lists have been loaded.
  ZapHandler(const bus::Context& context, AllowList publishers, AllowList subscribers);
  // Calls Stop().
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

  absl::Status Start();
  void Stop();

  Stats publishers() const { return {publishers_.accepted.load(), publishers_.rejected.load()}; }
  Stats subscribers() const { return {subscribers_.accepted.load(), subscribers_.rejected.load()}; }

 private:
  struct Domain {
    explicit Domain(AllowList allowed) : list(std::move(allowed)) {}
    AllowList list;
    std::set<std::string> reported;
    std::atomic<uint64_t> accepted{0};
    std::atomic<uint64_t> rejected{0};
  };

  void Run();
  // Answers one request; false when the context is gone.
  bool Answer();
  bool Admit(const ZapRequest& request);
  void Reply(const ZapRequest& request, bool admitted);

  const bus::Context& context_;
  Domain publishers_;
  Domain subscribers_;
  std::unique_ptr<bus::Socket> socket_;  // Used by the thread only, once it runs.
  bus::WakeUp wake_up_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
};

}  // namespace dateline::eventbus
