// Unary calls per second through our server kit (executor, deadline floor, metrics) beside a bare callback server of
// the same library with the same messages, and the latency of one call at a time. Client and server share the machine.
//
// usage: rpc_rates [seconds]

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "common/base/mutex.h"
#include "common/metrics/registry.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/unary.h"
#include "dateline/extraction/v1/extraction_service.grpc.pb.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

using extraction::v1::ExtractionService;
using extraction::v1::ExtractReleasesRequest;
using extraction::v1::ExtractReleasesResponse;

constexpr int kInFlight = 64;
constexpr size_t kBytes = 2048;

void Answer(ExtractReleasesResponse* response) {
  response->add_explanations()->set_text(std::string(kBytes, 'x'));
}

class BareService final : public ExtractionService::CallbackService {
  grpc::ServerUnaryReactor* ExtractReleases(grpc::CallbackServerContext* context, const ExtractReleasesRequest*,
                                            ExtractReleasesResponse* response) override {
    Answer(response);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class KitService final : public ExtractionService::CallbackService {
 public:
  explicit KitService(rpc::ServerKit& kit) : kit_(kit) {}
  grpc::ServerUnaryReactor* ExtractReleases(grpc::CallbackServerContext* context, const ExtractReleasesRequest* request,
                                            ExtractReleasesResponse* response) override {
    return rpc::Unary(
        kit_, context, request, response, "ExtractionService.ExtractReleases",
        [](const rpc::CallContext&, const ExtractReleasesRequest&) -> absl::StatusOr<ExtractReleasesResponse> {
          ExtractReleasesResponse answer;
          Answer(&answer);
          return answer;
        });
  }

 private:
  rpc::ServerKit& kit_;
};

// Keeps kInFlight calls open for a while and counts those that were answered.
double CallRate(const std::string& target, double seconds) {
  const auto stub = ExtractionService::NewStub(rpc::MakeChannel(target, {.attempts_max = 1}));
  ExtractReleasesRequest request;
  request.set_content(std::string(kBytes, 'x'));
  struct Flight {
    std::unique_ptr<grpc::ClientContext> context;
    ExtractReleasesResponse response;
  };
  std::vector<Flight> flights(kInFlight);
  std::atomic<size_t> answered{0};
  std::atomic<int> open{kInFlight};
  std::atomic<bool> stop{false};
  std::function<void(Flight*)> launch = [&](Flight* flight) {
    flight->context = std::make_unique<grpc::ClientContext>();
    flight->context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    stub->async()->ExtractReleases(flight->context.get(), &request, &flight->response,
                                   [&, flight](const grpc::Status& status) {
                                     if (status.ok()) answered.fetch_add(1, std::memory_order_relaxed);
                                     if (stop.load()) {
                                       open.fetch_sub(1);
                                       open.notify_all();
                                     } else {
                                       launch(flight);
                                     }
                                   });
  };
  const auto start = std::chrono::steady_clock::now();
  for (Flight& flight : flights) launch(&flight);
  std::this_thread::sleep_for(Seconds(seconds));
  const double rate = static_cast<double>(answered.load()) / SecondsSince(start);
  stop = true;
  for (int left = open.load(); left > 0; left = open.load()) open.wait(left);
  return rate;
}

std::vector<double> Latencies(const std::string& target, int count) {
  const auto stub = ExtractionService::NewStub(rpc::MakeChannel(target, {.attempts_max = 1}));
  ExtractReleasesRequest request;
  request.set_content(std::string(kBytes, 'x'));
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    ExtractReleasesResponse response;
    const auto start = std::chrono::steady_clock::now();
    if (!stub->ExtractReleases(&context, request, &response).ok()) std::exit(1);
    if (i >= count / 10) samples.push_back(SecondsSince(start) * 1000);
  }
  return samples;
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  using namespace dateline;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  perf::BareService bare;
  int bare_port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &bare_port);
  builder.RegisterService(&bare);
  const auto bare_server = builder.BuildAndStart();

  metrics::Registry registry("perf");
  rpc::Server server({}, registry);
  perf::KitService kit(server.kit());
  server.AddService(&kit);
  if (!server.Start().ok()) return 1;

  const std::string bare_target = fmt::format("127.0.0.1:{}", bare_port);
  perf::CompareRates(
      fmt::format("unary RPC, {} in flight, 2 KB each way", perf::kInFlight), "bare callback server", 5,
      [&] { return perf::CallRate(server.target(), seconds); }, [&] { return perf::CallRate(bare_target, seconds); });
  perf::PrintLatency("unary RPC, one at a time, ours", perf::Latencies(server.target(), 5000));
  perf::PrintLatency("unary RPC, one at a time, bare", perf::Latencies(bare_target, 5000));
  bare_server->Shutdown();
  return server.Stop().ok() ? 0 : 1;
}
