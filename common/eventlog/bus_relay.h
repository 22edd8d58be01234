#pragma once
// A log on the bus: the publisher, the port and the relay of a service that owns topics, begun and ended in their order
// (target dateline::eventlog_bus). Thread-safe. The log outlives it.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/bus/options.h"
#include "common/bus/publisher.h"
#include "common/eventlog/bus_port.h"
#include "common/eventlog/relay.h"

namespace dateline::eventlog {

class BusRelay {
 public:
  struct Options {
    std::vector<std::string> endpoints;  // Where the event buses take messages; at least one.
    bus::CurveFiles keys;
    Relay::Options relay;
  };
  // Errors are those of the key files, of the sockets, and of reading the log.
  static absl::StatusOr<std::unique_ptr<BusRelay>> Start(EventLog& log, Options options);
  // Calls Stop().
  ~BusRelay() { Stop(); }

  // See Relay. Nobody may call Wake() after Stop().
  void Wake() { relay_.Wake(); }
  Relay::Stats stats() const { return relay_.stats(); }
  // Publishes what is committed, then ends. Idempotent.
  void Stop();

 private:
  BusRelay(EventLog& log, bus::PublisherOptions publisher, const Relay::Options& relay);

  bus::Publisher publisher_;
  BusPort port_;
  Relay relay_;
};

}  // namespace dateline::eventlog
