// Messages per second through our bus (queue, frames, forwarder, decoding) beside bare ZeroMQ sockets and zmq_proxy
// with the same frames. Both are windowed: the sender runs at most kWindow messages ahead of the receiver, so that
// nothing is dropped and the rate is one that can be kept up.
//
// usage: bus_rates [messages]

#include <fmt/format.h>
#include <zmq.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "common/base/ids.h"
#include "common/bus/message.h"
#include "common/bus/publisher.h"
#include "common/bus/subscriber.h"
#include "services/eventbus/forwarder.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

constexpr uint64_t kWindow = 2'000;
constexpr size_t kPayloadBytes = 300;
constexpr std::string_view kTopic = "release/";

void WaitForWindow(uint64_t sent, const std::atomic<uint64_t>& received) {
  while (sent - received.load(std::memory_order_acquire) >= kWindow) std::this_thread::yield();
}

double OurRate(uint64_t count) {
  eventbus::Forwarder forwarder(
      {.publishers_listen = "127.0.0.1:0", .subscribers_listen = "127.0.0.1:0", .socket = {}, .curve = {}});
  if (!forwarder.Start().ok()) std::exit(1);
  std::atomic<uint64_t> received{0};
  std::atomic<bool> ready{false};
  bus::SubscriberOptions listening;
  listening.endpoints = {forwarder.subscribers_endpoint()};
  listening.topics = {std::string(kTopic)};
  bus::Subscriber subscriber(std::move(listening), [&](const bus::Message& message) {
    if (message.is_head()) {
      ready = true;
    } else {
      received.fetch_add(1, std::memory_order_release);
    }
  });
  bus::PublisherOptions options;
  options.endpoints = {forwarder.publishers_endpoint()};
  bus::Publisher publisher(options);
  if (!subscriber.Start().ok() || !publisher.Start().ok()) std::exit(1);
  const Epoch epoch = RandomEpoch();
  while (!ready) {
    publisher.PublishHead(kTopic, epoch, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string payload(kPayloadBytes, 'x');
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = 1; i <= count; ++i) {
    WaitForWindow(i, received);
    while (!publisher.Publish(kTopic, epoch, i, payload)) std::this_thread::yield();
  }
  while (received.load() < count) std::this_thread::yield();
  const double rate = static_cast<double>(count) / SecondsSince(start);
  publisher.Stop();
  subscriber.Stop();
  forwarder.Stop();
  return rate;
}

// A socket bound to a free port, and that port.
std::string Bind(void* socket) {
  if (zmq_bind(socket, "tcp://127.0.0.1:*") != 0) std::exit(1);
  char endpoint[256];
  size_t size = sizeof endpoint;
  zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size);
  return endpoint;
}

double BareRate(uint64_t count) {
  void* context = zmq_ctx_new();
  const auto make = [context](int type) {
    void* socket = zmq_socket(context, type);
    const int mark = 10'000;
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_SNDHWM, &mark, sizeof mark);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &mark, sizeof mark);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    return socket;
  };
  void* xsub = make(ZMQ_XSUB);
  void* xpub = make(ZMQ_XPUB);
  void* pub = make(ZMQ_PUB);
  void* sub = make(ZMQ_SUB);
  zmq_connect(pub, Bind(xsub).c_str());
  zmq_connect(sub, Bind(xpub).c_str());
  zmq_setsockopt(sub, ZMQ_SUBSCRIBE, kTopic.data(), kTopic.size());
  std::thread proxy([&] {
    zmq_proxy(xsub, xpub, nullptr);
    zmq_close(xsub);
    zmq_close(xpub);
  });
  std::atomic<uint64_t> received{0};
  std::atomic<bool> ready{false};
  std::thread receiver([&] {
    char buffer[1024];
    while (received.load(std::memory_order_relaxed) < count) {
      int frames = 0;
      int more = 1;
      for (size_t size = sizeof more; more != 0; ++frames) {
        if (zmq_recv(sub, buffer, sizeof buffer, 0) < 0) return;
        zmq_getsockopt(sub, ZMQ_RCVMORE, &more, &size);
      }
      ready = true;
      if (frames == 3) received.fetch_add(1, std::memory_order_release);
    }
  });
  const std::string header(24, 'h');
  const std::string payload(kPayloadBytes, 'x');
  while (!ready) {
    zmq_send(pub, kTopic.data(), kTopic.size(), ZMQ_SNDMORE);
    zmq_send(pub, header.data(), header.size(), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = 1; i <= count; ++i) {
    WaitForWindow(i, received);
    zmq_send(pub, kTopic.data(), kTopic.size(), ZMQ_SNDMORE);
    zmq_send(pub, header.data(), header.size(), ZMQ_SNDMORE);
    zmq_send(pub, payload.data(), payload.size(), 0);
  }
  receiver.join();
  const double rate = static_cast<double>(count) / SecondsSince(start);
  zmq_close(pub);
  zmq_close(sub);
  zmq_ctx_shutdown(context);
  proxy.join();
  zmq_ctx_term(context);
  return rate;
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  const uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 300'000;
  dateline::perf::CompareRates(
      "bus messages of 300 B through the forwarder", "bare PUB, zmq_proxy, SUB", 5,
      [count] { return dateline::perf::OurRate(count); }, [count] { return dateline::perf::BareRate(count); });
  return 0;
}
