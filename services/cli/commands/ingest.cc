// dateline ingest: documents into the archive, and with --wait the events and records that they give.

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <thread>

#include "common/base/absl_compat.h"
#include "common/base/status_macros.h"
#include "common/client/event_reader.h"
#include "common/export/event_json.h"
#include "common/rpc/call.h"
#include "services/cli/ingest_batch.h"
#include "services/cli/render/event_text.h"
#include "services/cli/render/release_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using client::EventReader;
using events::v1::EventLogService;
using storage::v1::Document;
using storage::v1::DocumentService;
using storage::v1::PutDocumentResponse;
using storage::v1::ReleaseService;

constexpr std::chrono::milliseconds kReadDeadline{5'000};
constexpr std::chrono::milliseconds kPollMin{5};
constexpr std::chrono::milliseconds kPollMax{250};

struct IngestOptions {
  std::vector<std::string> inputs;
  IngestBatch::Options batch;
  int retry_seconds = 30;
  int wait_seconds = 120;
  bool wait = false;
  bool show = false;
  bool json = false;
};

struct Counts {
  size_t created = 0;
  size_t changed = 0;
  size_t unchanged = 0;
  size_t failed = 0;
};

Counts Count(const std::vector<IngestBatch::Result>& results) {
  Counts counts;
  for (const auto& result : results) {
    if (!result.status.ok()) {
      ++counts.failed;
    } else if (result.outcome == PutDocumentResponse::OUTCOME_CREATED) {
      ++counts.created;
    } else if (result.outcome == PutDocumentResponse::OUTCOME_CHANGED) {
      ++counts.changed;
    } else {
      ++counts.unchanged;
    }
  }
  return counts;
}

std::string_view OutcomeWord(IngestBatch::Outcome outcome) {
  switch (outcome) {
    case PutDocumentResponse::OUTCOME_CREATED:
      return "stored";
    case PutDocumentResponse::OUTCOME_CHANGED:
      return "changed";
    default:
      return "unchanged";
  }
}

std::string ErrorLine(const absl::Status& status) {
  return fmt::format("dateline: {}", ToStd(status.message()));
}

void PrintJson(const Item& item, const IngestBatch::Result& result) {
  google::protobuf::Struct line;
  auto& fields = *line.mutable_fields();
  fields["input"].set_string_value(item.given);
  if (result.status.ok()) {
    fields["outcome"].set_string_value(std::string(OutcomeWord(result.outcome)));
    fields["document"].set_string_value(result.document);
    fields["uri"].set_string_value(result.uri);
  } else {
    fields["error"].set_string_value(std::string(ToStd(result.status.message())));
  }
  std::string json;
  if (google::protobuf::util::MessageToJsonString(line, &json).ok()) fmt::print("{}\n", json);
  std::fflush(stdout);  // Whoever reads along learns of each at once.
}

// Follows the release events from before the ingest until everything that it caused has been delivered.
class Follower {
 public:
  Follower(Session& session, bool json) : json_(json), style_(StdoutStyle(session.colour)) {
    EventReader::Options options;
    options.request.mutable_heartbeat_interval()->set_seconds(1);
    options.retry_limit = std::chrono::milliseconds(-1);
    reader_ = std::make_unique<EventReader>(session.event_stream(), std::move(options));
    thread_ = std::thread([this] {
      const absl::Status status = reader_->Run([this](const auto& response) { return Take(response); });
      const MutexLock lock(mutex_);
      ended_ = true;
      status_ = status;
      changed_.NotifyAll();
    });
  }
  ~Follower() {
    reader_->Stop();
    thread_.join();
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Waits for the stream's first message: from then on no event is missed.
  absl::Status WaitUntilOpen(std::chrono::milliseconds limit) {
    return WaitFor(limit, [this]() REQUIRES(mutex_) { return open_; });
  }
  absl::Status WaitUntil(uint64_t sequence, std::chrono::milliseconds limit) {
    return WaitFor(limit, [this, sequence]() REQUIRES(mutex_) { return sequence_ >= sequence; });
  }

 private:
  bool Take(const EventReader::Response& response) {
    if (response.has_event()) Print(response.event());
    const MutexLock lock(mutex_);
    // Without an event the stream says that it has looked at everything up to the head.
    sequence_ = response.has_event() ? EventSequence(response.event()) : std::max(sequence_, response.head_sequence());
    open_ = true;
    changed_.NotifyAll();
    return true;
  }

  void Print(const io::cloudevents::v1::CloudEvent& event) const {
    if (!json_) {
      fmt::print("{}\n", EventText(event, style_));
    } else if (const auto json = exporting::EventJson(event); json.ok()) {
      fmt::print("{}\n", *json);
    }
    std::fflush(stdout);
  }

  template <class Condition>
  absl::Status WaitFor(std::chrono::milliseconds limit, const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const MutexLock lock(mutex_);
    while (!condition() && !ended_) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left.count() <= 0) return absl::DeadlineExceededError("no event arrived in time; see `dateline doctor`");
      changed_.WaitFor(mutex_, left);
    }
    return condition() ? absl::OkStatus() : status_;
  }

  const bool json_;
  const Style style_;
  std::unique_ptr<EventReader> reader_;
  Mutex mutex_;
  CondVar changed_;
  bool open_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  absl::Status status_ GUARDED_BY(mutex_);
  uint64_t sequence_ GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

// Polls a document until extraction is done with it.
absl::StatusOr<Document> WaitForDocument(Session& session, const std::string& name,
                                         std::chrono::steady_clock::time_point deadline) {
  storage::v1::GetDocumentRequest request;
  request.set_name(name);
  for (std::chrono::milliseconds pause = kPollMin;; pause = std::min(pause * 2, kPollMax)) {
    storage::v1::GetDocumentResponse response;
    const absl::Status status = rpc::Call(session.documents(), &DocumentService::StubInterface::GetDocument, request,
                                          &response, {.deadline = kReadDeadline});
    if (status.ok() && response.document().state() != Document::STATE_PENDING) return response.document();
    if (!status.ok() && !absl::IsUnavailable(status)) return status;
    if (std::chrono::steady_clock::now() > deadline) {
      return absl::DeadlineExceededError(
          fmt::format("{} still waits for extraction; it is stored and will be read later (`dateline doctor` says "
                      "whether extraction "
                      "runs)",
                      name));
    }
    std::this_thread::sleep_for(pause);
  }
}

absl::StatusOr<uint64_t> ReleaseHead(Session& session) {
  events::v1::GetHeadsRequest request;
  request.set_topic("release/");
  events::v1::GetHeadsResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(session.event_log(), &EventLogService::StubInterface::GetHeads, request, &response,
                                     {.deadline = kReadDeadline, .wait_for_ready = true}));
  return response.heads_size() > 0 ? response.heads(0).head_sequence() : 0;
}

absl::Status ShowRelease(Session& session, const std::string& name, bool json) {
  storage::v1::GetReleaseRequest request;
  request.set_name(name);
  storage::v1::GetReleaseResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(session.releases(), &ReleaseService::StubInterface::GetRelease, request, &response,
                                     {.deadline = kReadDeadline}));
  if (json) {
    std::string text;
    if (google::protobuf::util::MessageToJsonString(response.release(), &text).ok()) fmt::print("{}\n", text);
  } else {
    fmt::print("\n{}", ReleaseText(response.release(), StdoutStyle(session.colour), TerminalColumns()));
  }
  return absl::OkStatus();
}

// Waits for the releases of everything that was stored; counts in `failed` what gave none.
absl::Status WaitForReleases(Session& session, const IngestOptions& options, const std::vector<Item>& items,
                             const std::vector<IngestBatch::Result>& results, Follower& follower, size_t* failed) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait_seconds);
  std::vector<std::string> releases;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].status.ok()) continue;
    auto document = WaitForDocument(session, results[i].document, deadline);
    if (!document.ok()) return document.status();
    if (document->state() == Document::STATE_FAILED) {
      Say(fmt::format("dateline: {}: {}", items[i].given, document->failure()));
      ++*failed;
    }
    releases.insert(releases.end(), document->releases().begin(), document->releases().end());
  }
  auto head = ReleaseHead(session);
  if (!head.ok()) return head.status();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  DATELINE_RETURN_IF_ERROR(follower.WaitUntil(*head, std::max(left, std::chrono::milliseconds(1'000))));
  if (!options.show) return absl::OkStatus();
  for (const std::string& name : releases) DATELINE_RETURN_IF_ERROR(ShowRelease(session, name, options.json));
  return absl::OkStatus();
}

void SaySummary(const Counts& counts) {
  if (counts.created + counts.changed + counts.failed == 0) {
    Say(fmt::format("Nothing changed: {} document{} already in the archive.", counts.unchanged,
                    counts.unchanged == 1 ? " is" : "s are"));
    return;
  }
  std::string summary =
      fmt::format("{} new, {} changed, {} unchanged", counts.created, counts.changed, counts.unchanged);
  if (counts.failed > 0) summary += fmt::format(", {} failed", counts.failed);
  Say(summary + ".");
}

int Ingest(Session& session, IngestOptions options) {
  if (session.endpoints() == nullptr) return kUsage;
  options.wait = options.wait || options.show;
  options.batch.retry_limit = std::chrono::seconds(options.retry_seconds);
  Inputs inputs = FindInputs(options.inputs);
  for (const absl::Status& error : inputs.errors) Say(ErrorLine(error));

  std::unique_ptr<Follower> follower;
  if (options.wait && !inputs.items.empty()) {
    follower = std::make_unique<Follower>(session, options.json);
    if (const absl::Status open = follower->WaitUntilOpen(std::chrono::seconds(options.retry_seconds)); !open.ok()) {
      return session.Report(absl::IsDeadlineExceeded(open) ? absl::UnavailableError("no event stream") : open);
    }
  }

  IngestBatch batch(session.ingest(), options.batch);
  std::vector<IngestBatch::Result> results;
  {
    Progress progress("Ingesting", inputs.items.size());
    Mutex output;  // Keeps lines whole.
    results = batch.Run(inputs.items, [&](const Item& item, const IngestBatch::Result& result) {
      const MutexLock lock(output);
      if (options.json && !options.wait) PrintJson(item, result);
      // A suite that is away is reported once, below.
      if (!result.status.ok() && !absl::IsUnavailable(result.status)) Say(ErrorLine(result.status));
      progress.Add(result.status.ok() ? 1 : 0, result.status.ok() ? 0 : 1);
    });
  }
  Counts counts = Count(results);
  counts.failed += inputs.errors.size();
  const size_t stored = counts.created + counts.changed + counts.unchanged;
  for (const auto& result : results) {
    if (!absl::IsUnavailable(result.status)) continue;
    if (stored == 0) return session.Report(result.status);
    Say(ErrorLine(result.status));
  }
  if (options.wait && stored > 0) {
    const absl::Status waited = WaitForReleases(session, options, inputs.items, results, *follower, &counts.failed);
    if (!waited.ok()) return session.Report(waited);
  }
  // The error line of a single input says it all.
  if (stored + counts.failed > 1 || counts.failed == 0) SaySummary(counts);
  if (counts.failed == 0) return kOk;
  return stored == 0 ? kFailed : kSomeFailed;
}

}  // namespace

void AddIngest(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("ingest", "Take files, folders or web pages into the archive");
  auto options = std::make_shared<IngestOptions>();
  command->add_option("input", options->inputs, "FILE, DIR, http(s) URL, or - for standard input")->required();
  command->add_flag("--wait", options->wait, "Print each event as it arrives, and end when all documents are read");
  command->add_flag("--show", options->show, "As --wait, then print the record of each release");
  command->add_flag("--json", options->json, "JSON lines for machines: outcomes, or with --wait events");
  command->add_option("--charset", options->batch.charset,
                      "Charset of the files when they do not say, e.g. windows-1252");
  command->add_option("--content-type", options->batch.content_type, "Content type of the files, e.g. text/html");
  command->add_option("--source", options->batch.source, "The source that they belong to, sources/NAME");
  command->add_option("--uri", options->batch.uri, "The address of standard input or of a single file");
  command->add_option("--jobs", options->batch.jobs, "Documents under way at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  auto* retry = command
                    ->add_option("--retry-for", options->retry_seconds,
                                 "Seconds to go on trying a document while a service is away")
                    ->capture_default_str()
                    ->check(CLI::Range(0, 3600));
  command->add_option("--wait-for", options->wait_seconds, "Seconds to wait for extraction with --wait")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
  command->footer(
      "The same content at the same address changes nothing, so an ingest may be repeated. Examples:\n"
      "  dateline ingest --show release.txt\n"
      "  dateline ingest ~/newsroom https://example.org/news/1\n"
      "Exit status: 0 all stored, 1 none, 3 no suite, 4 some failed.");
  command->callback([options, command, retry, &session] {
    // Who names a time means it from the start; otherwise a suite that is not there is reported soon.
    if (retry->count() > 0) options->batch.first_contact = std::chrono::seconds(options->retry_seconds);
    if (!options->batch.uri.empty() && options->inputs.size() != 1) {
      throw CLI::ValidationError(command->get_name(), "--uri goes with exactly one input");
    }
    session.run = [options, &session] { return Ingest(session, *options); };
  });
}

}  // namespace dateline::cli
