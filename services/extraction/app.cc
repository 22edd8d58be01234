#include "services/extraction/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/subscriber.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "services/extraction/document_work.h"
#include "services/extraction/extraction_service.h"
#include "services/extraction/grpc_archive.h"
#include "services/extraction/isolated_extraction.h"

namespace dateline::extraction {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kThreadsMax = 256;
// A child that has been killed is gone long before.
constexpr seconds kToReap{15};

// The process cannot do its work any more and is better started anew by whoever supervises it.
void EndProcess(const char* why) {
  log::Error("extraction_hopeless", {{"cause", why}});
  log::Flush();
  ::_exit(1);
}

std::string Holder() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return fmt::format("extraction:{}", ::getpid());
  return fmt::format("extraction@{}:{}", host.data(), ::getpid());
}

class App final : public rpc::ServiceApp {
 public:
  // `extractor` is shared with threads that were abandoned in a document that does not end.
  App(const Options& options, std::shared_ptr<const Extractor> extractor, rpc::ServiceParts& parts)
      : server_(*parts.server),
        archive_(options.storage_address, parts.tls),
        pool_(options.pool, parts.registry, parts.clock, [] { EndProcess("too many threads are stuck in documents"); }),
        worker_(options.worker, archive_, pool_,
                {.here = [extractor](
                             const storage::v1::Document& document) { return ExtractDocument(*extractor, document); },
                 .apart = [isolation = options.isolation](
                              const storage::v1::Document& document) { return ExtractIsolated(isolation, document); },
                 .apart_timeout = options.isolation.time_limit + kToReap},
                parts.registry, parts.readiness, parts.clock),
        service_(parts.server->kit(), pool_, extractor) {
    bus_.endpoints = options.bus_endpoints;
    bus_.topics = {std::string(kTopic)};
    bus_keys_ = options.bus_keys;
  }

  absl::Status Start() override {
    if (!bus_.endpoints.empty()) DATELINE_RETURN_IF_ERROR(StartSubscriber());
    server_.AddService(&service_);
    worker_.Start();
    return absl::OkStatus();
  }

  void Drain() override {
    if (subscriber_ != nullptr) subscriber_->Stop();
    worker_.Drain();
  }

  void Stop() override {
    if (subscriber_ != nullptr) subscriber_->Stop();
    worker_.Stop();
    if (!pool_.Stop()) EndProcess("a document does not end, and the process stops");
    archive_.Stop();
  }

 private:
  absl::Status StartSubscriber() {
    DATELINE_ASSIGN_OR_RETURN(bus_.curve, bus::LoadCurveKeys(bus_keys_));
    // A HEAD says nothing that the next poll would not find.
    subscriber_ = std::make_unique<bus::Subscriber>(bus_, [this](const bus::Message& message) {
      if (!message.is_head()) worker_.Wake();
    });
    return subscriber_->Start();
  }

  rpc::Server& server_;
  GrpcArchive archive_;
  ExtractionPool pool_;
  Worker worker_;
  ExtractionServiceImpl service_;
  bus::SubscriberOptions bus_;
  bus::CurveFiles bus_keys_;
  std::unique_ptr<bus::Subscriber> subscriber_;
};

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  schema.String("storage.address", &options->storage_address, "where the storage service listens, host:port");
  schema.StringList("bus.subscribe_endpoints", &options->bus_endpoints,
                    "the eventbuses to be woken by, tcp://host:port; empty: storage is polled only");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Int("worker.threads", &options->threads, 0, kThreadsMax,
             "documents extracted at the same time; 0: one for each core");
  schema.Int("worker.batch", &options->worker.batch, 1, 256, "documents under way at the same time");
  schema.Bytes("worker.bytes_max", &options->worker.bytes_max, int64_t{1} << 20, int64_t{4} << 30,
               "content of the documents under way, together");
  schema.Duration("worker.lease_duration", &options->worker.lease_duration, seconds(1), minutes(10),
                  "how long storage keeps a document for this process, also when it is killed; extended during work");
  schema.Duration("worker.poll_interval", &options->worker.poll_interval, milliseconds(10), minutes(1),
                  "how often storage is asked when the bus is silent");
  schema.Duration("worker.document_timeout", &options->pool.document_timeout, milliseconds(100), minutes(10),
                  "a document that takes longer has failed");
  schema.Bytes(
      "worker.isolated_memory", &options->isolation.memory_max, int64_t{256} << 20, int64_t{64} << 30,
      "address space of the process in which a document is extracted that an attempt did not come through with");
  schema.Int("worker.stuck_max", &options->pool.stuck_max, 0, 64,
             "threads that may hang in such documents; with more the process ends, to be started anew");
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  Options complete = options;
  const int cores =
      static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, static_cast<unsigned>(kThreadsMax)));
  complete.pool.threads = options.threads > 0 ? options.threads : cores;
  complete.pool.queue_max = std::max(complete.pool.queue_max, static_cast<size_t>(complete.worker.batch));
  complete.worker.holder = Holder();
  complete.isolation.time_limit = complete.pool.document_timeout;
  DATELINE_ASSIGN_OR_RETURN(std::unique_ptr<const Extractor> extractor, Extractor::Create());
  return std::make_unique<App>(complete, std::move(extractor), parts);
}

}  // namespace dateline::extraction
