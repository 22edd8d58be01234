#pragma once
// The bus as a Relay sees it (target dateline::eventlog_bus). Thread-safe as the publisher is, which outlives it.

#include <string_view>

#include "common/bus/publisher.h"
#include "common/eventlog/relay.h"

namespace dateline::eventlog {

class BusPort final : public PublishPort {
 public:
  explicit BusPort(bus::Publisher& publisher) : publisher_(publisher) {}
  bool Publish(std::string_view topic, const Epoch& epoch, Sequence sequence, std::string_view payload) override {
    return publisher_.Publish(topic, epoch, sequence.value(), payload);
  }
  bool PublishHead(std::string_view topic, const Epoch& epoch, Sequence head) override {
    return publisher_.PublishHead(topic, epoch, head.value());
  }

 private:
  bus::Publisher& publisher_;
};

}  // namespace dateline::eventlog
