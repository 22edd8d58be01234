#include "common/eventlog/bus_relay.h"

#include <utility>

#include "common/base/status_macros.h"

namespace dateline::eventlog {

BusRelay::BusRelay(EventLog& log, bus::PublisherOptions publisher, const Relay::Options& relay)
    : publisher_(std::move(publisher)), port_(publisher_), relay_(log, port_, relay) {}

absl::StatusOr<std::unique_ptr<BusRelay>> BusRelay::Start(EventLog& log, Options options) {
  bus::PublisherOptions publisher;
  publisher.endpoints = std::move(options.endpoints);
  DATELINE_ASSIGN_OR_RETURN(publisher.curve, bus::LoadCurveKeys(options.keys));
  std::unique_ptr<BusRelay> made(new BusRelay(log, std::move(publisher), options.relay));
  DATELINE_RETURN_IF_ERROR(made->publisher_.Start());
  DATELINE_RETURN_IF_ERROR(made->relay_.Start());
  return made;
}

void BusRelay::Stop() {
  relay_.Stop();
  publisher_.Stop();
}

}  // namespace dateline::eventlog
