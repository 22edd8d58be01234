#pragma once
// Pushes many documents at once, each until it is acknowledged or refused for good. A service that is away for a moment
// is waited for; an error of one document does not stop the others. The result is complete when Run() returns.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "dateline/ingestion/v1/ingest_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.pb.h"
#include "services/cli/endpoints.h"
#include "services/cli/inputs.h"

namespace dateline::cli {

class IngestBatch {
 public:
  using Outcome = storage::v1::PutDocumentResponse::Outcome;

  struct Options {
    size_t jobs = 8;                                // Documents under way at once.
    std::chrono::milliseconds retry_limit{30'000};  // How long one document is tried while a service is away.
    // The same before anything got through: a suite that does not answer at all within this time is not there.
    std::chrono::milliseconds first_contact = kFirstContact;
    std::string source;
    std::string charset;
    std::string content_type;
    std::string uri;  // For standard input.
  };

  struct Result {
    absl::Status status;
    std::string document;
    std::string uri;
    Outcome outcome = storage::v1::PutDocumentResponse::OUTCOME_UNSPECIFIED;
    std::vector<std::string> releases;  // Known only for unchanged documents.
  };

  IngestBatch(ingestion::v1::IngestService::StubInterface& stub, Options options);

  // One result for each item, in their order. `done` is called for each as it ends, from several threads.
  std::vector<Result> Run(const std::vector<Item>& items, const std::function<void(const Item&, const Result&)>& done);

 private:
  Result IngestOne(const Item& item);
  Result Push(const Item& item);
  Result Fetch(const Item& item);
  template <class Call>
  absl::Status WithRetries(const Call& call);

  ingestion::v1::IngestService::StubInterface& stub_;
  const Options options_;
  // Whether any call got through: until then a service that is away is reported at once, and ends the whole batch.
  std::atomic<bool> reached_{false};
  std::atomic<bool> unreachable_{false};
};

}  // namespace dateline::cli
