// The whole suite as users run it: text in, event out. Prints releases per second from the first ingest call to the
// last event at a gRPC subscriber, the latency of single releases in an idle suite, and the rate of durable PutDocument
// calls alone.
//
// usage: suite_rates [documents]

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/client/event_reader.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "dateline/ingestion/v1/ingest_service.grpc.pb.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "services/cli/render/event_text.h"
#include "tests/perf/measure.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::perf {
namespace {

using ingestion::v1::IngestDocumentRequest;
using ingestion::v1::IngestDocumentResponse;
using ingestion::v1::IngestService;
using notification::v1::EventStreamService;
using storage::v1::DocumentService;

constexpr size_t kInFlight = 16;

// Follows all events from now on and remembers when each arrived.
class Listener {
 public:
  explicit Listener(const std::string& address) : stub_(EventStreamService::NewStub(rpc::MakeChannel(address))) {
    client::EventReader::Options options;
    options.retry_limit = std::chrono::milliseconds(-1);
    reader_ = std::make_unique<client::EventReader>(*stub_, std::move(options));
    thread_ = std::thread([this] {
      (void)reader_->Run([this](const auto& response) {
        const auto now = std::chrono::steady_clock::now();
        const MutexLock lock(mutex_);
        open_ = true;
        if (response.has_event()) arrived_[response.event().attributes().at("subject").ce_string()] = now;
        changed_.NotifyAll();
        return true;
      });
    });
    const MutexLock lock(mutex_);
    while (!open_) changed_.Wait(mutex_);
  }
  ~Listener() {
    reader_->Stop();
    thread_.join();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::chrono::steady_clock::time_point WaitFor(const std::string& release) {
    const MutexLock lock(mutex_);
    while (!arrived_.contains(release)) changed_.Wait(mutex_);
    return arrived_[release];
  }
  void WaitForCount(size_t count) {
    const MutexLock lock(mutex_);
    while (arrived_.size() < count) changed_.Wait(mutex_);
  }

 private:
  const std::unique_ptr<EventStreamService::Stub> stub_;
  std::unique_ptr<client::EventReader> reader_;
  Mutex mutex_;
  CondVar changed_;
  bool open_ GUARDED_BY(mutex_) = false;
  std::map<std::string, std::chrono::steady_clock::time_point> arrived_ GUARDED_BY(mutex_);
  std::thread thread_;
};

std::string Uri(const std::string& set, size_t number) {
  return fmt::format("https://perf.example/{}/{}", set, number);
}

void Ingest(IngestService::StubInterface& stub, const std::string& set, size_t number) {
  IngestDocumentRequest request;
  request.set_uri(Uri(set, number));
  request.set_content(testing::ReleaseTextFile(number));
  request.set_content_type("text/plain");
  IngestDocumentResponse response;
  const absl::Status status = rpc::Call(stub, &IngestService::StubInterface::IngestDocument, request, &response,
                                        {.deadline = std::chrono::seconds(30)});
  if (!status.ok()) {
    fmt::print(stderr, "ingest failed: {}\n", std::string(status.message()));
    std::exit(1);
  }
}

// Calls `work(i)` for all i below `count`, kInFlight at a time.
void InParallel(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kInFlight; ++t) {
    threads.emplace_back([&] {
      for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void MeasureEndToEnd(const cli::Endpoints& endpoints, size_t count) {
  Listener listener(endpoints.notification.address);
  const auto stub = IngestService::NewStub(rpc::MakeChannel(endpoints.ingestion.address));
  const auto start = std::chrono::steady_clock::now();
  InParallel(count, [&](size_t i) { Ingest(*stub, "bulk", i); });
  const double accepted = SecondsSince(start);
  listener.WaitForCount(count);
  const double delivered = SecondsSince(start);
  PrintRate("ingest call to durable document", static_cast<double>(count) / accepted,
            fmt::format("{} at once", kInFlight));
  PrintRate("text to event at a subscriber, end to end", static_cast<double>(count) / delivered,
            fmt::format("{} releases of {} bytes", count, testing::ReleaseTextFile(1).size()));
}

void MeasureIdleLatency(const cli::Endpoints& endpoints, size_t count) {
  Listener listener(endpoints.notification.address);
  const auto stub = IngestService::NewStub(rpc::MakeChannel(endpoints.ingestion.address));
  std::vector<double> samples;
  for (size_t i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    Ingest(*stub, "idle", i);
    const auto arrived = listener.WaitFor("releases/" + UuidV5(Uri("idle", i)));
    samples.push_back(std::chrono::duration<double, std::milli>(arrived - start).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // Idle again.
  }
  PrintLatency("ingest call to event at a subscriber, idle", samples);
}

void MeasurePutDocument(const cli::Endpoints& endpoints, size_t count) {
  const auto stub = DocumentService::NewStub(rpc::MakeChannel(endpoints.storage.address));
  const auto start = std::chrono::steady_clock::now();
  InParallel(count, [&](size_t i) {
    storage::v1::PutDocumentRequest request;
    request.mutable_document()->set_uri(Uri("put", i));
    request.mutable_document()->set_content(testing::ReleaseTextFile(i));
    storage::v1::PutDocumentResponse response;
    const absl::Status status = rpc::Call(*stub, &DocumentService::StubInterface::PutDocument, request, &response,
                                          {.deadline = std::chrono::seconds(30)});
    if (!status.ok()) std::exit(1);
  });
  PrintRate("PutDocument by RPC, durable", static_cast<double>(count) / SecondsSince(start),
            "extraction works on them meanwhile");
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3000;
  const dateline::testing::RunningSuite suite({"--log-level", "warn"});
  fmt::print("whole suite on this machine, {} cores\n", std::thread::hardware_concurrency());
  dateline::perf::MeasureIdleLatency(suite.endpoints(), 200);
  dateline::perf::MeasureEndToEnd(suite.endpoints(), count);
  dateline::perf::MeasurePutDocument(suite.endpoints(), count);
  return 0;
}
