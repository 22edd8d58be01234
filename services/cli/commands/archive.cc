// dateline archive: stats, backup, verify, reprocess, retention, erase and operations over AdminService, and restore,
// for which the program of the storage service puts a backup in the place of the archive while the suite is stopped.
// Export and import: archive_transfer.h.

#include "services/cli/commands/archive.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/status.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/cli/commands/archive_transfer.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace storage::v1;  // The messages of one service, in a file about it alone.
using google::longrunning::Operation;
using google::longrunning::Operations;
using Admin = AdminService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr std::chrono::milliseconds kEraseDeadline{1'800'000};
constexpr std::chrono::milliseconds kWaitDeadline{40'000};
constexpr int64_t kDaySeconds = 86'400;

struct ArchiveOptions {
  std::string file;
  std::string filter;
  std::string value;
  std::string source;
  int content_days = 0;
  int release_days = 0;
  bool deep = false;
  bool preview = false;
  bool resume = false;
  bool replace = false;
  bool compare = false;
  bool move = false;
  bool forever = false;
  bool apply = false;
};

std::unique_ptr<Admin> AdminStub(Session& session) {
  return AdminService::NewStub(session.Channel(session.endpoints()->storage.address));
}

// Waits until an operation is done; an interrupted command leaves it running.
absl::StatusOr<Operation> WaitFor(Session& session, Operation operation) {
  const auto stub = Operations::NewStub(session.Channel(session.endpoints()->storage.address));
  google::longrunning::WaitOperationRequest request;
  request.set_name(operation.name());
  while (!operation.done()) {
    const absl::Status status =
        rpc::Call(*stub, &Operations::StubInterface::WaitOperation, request, &operation, {.deadline = kWaitDeadline});
    if (!status.ok()) return status;
  }
  if (operation.has_error()) {
    return absl::Status(static_cast<absl::StatusCode>(operation.error().code()), operation.error().message());
  }
  return operation;
}

template <class Report>
absl::StatusOr<Report> ResultOf(Session& session, const Operation& begun) {
  absl::StatusOr<Operation> done = WaitFor(session, begun);
  if (!done.ok()) return done.status();
  Report report;
  done->response().UnpackTo(&report);
  return report;
}

int Stats(Session& session) {
  if (session.endpoints() == nullptr) return kUsage;
  GetArchiveStatsResponse stats;
  const absl::Status status = rpc::Call(*AdminStub(session), &Admin::GetArchiveStats, GetArchiveStatsRequest(), &stats,
                                        {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  fmt::print(
      "documents        {}\n  pending        {}\n  failed         {}\nreleases         {}\nrevisions        {}\n",
      stats.document_count(), stats.pending_document_count(), stats.failed_document_count(), stats.release_count(),
      stats.revision_count());
  fmt::print("database         {:.1f} MiB, schema {}\n", static_cast<double>(stats.database_bytes()) / (1 << 20),
             stats.schema_version());
  return kOk;
}

int Backup(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  BackupArchiveRequest request;
  request.set_file_name(options.file);
  BackupArchiveResponse response;
  absl::Status status =
      rpc::Call(*AdminStub(session), &Admin::BackupArchive, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  const absl::StatusOr<BackupArchiveReport> report = ResultOf<BackupArchiveReport>(session, response.operation());
  if (!report.ok()) return session.Report(report.status());
  fmt::print("{}\n", report->path());
  Say(fmt::format("Written and read back: {:.1f} MiB.", static_cast<double>(report->written_bytes()) / (1 << 20)));
  return kOk;
}

int Verify(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  VerifyArchiveRequest request;
  request.set_deep(options.deep);
  VerifyArchiveResponse response;
  absl::Status status =
      rpc::Call(*AdminStub(session), &Admin::VerifyArchive, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  const absl::StatusOr<VerifyArchiveReport> report = ResultOf<VerifyArchiveReport>(session, response.operation());
  if (!report.ok()) return session.Report(report.status());
  for (const std::string& finding : report->findings()) fmt::print("{}\n", finding);
  Say(fmt::format("{} contents, {} revisions, {} events checked: {}.", report->document_count(),
                  report->revision_count(), report->event_count(),
                  report->finding_count() == 0 ? "all is well" : fmt::format("{} findings", report->finding_count())));
  return report->finding_count() == 0 ? kOk : kFailed;
}

int Reprocess(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  ReprocessDocumentsRequest request;
  request.set_filter(options.filter);
  request.set_validate_only(options.preview);
  ReprocessDocumentsResponse response;
  absl::Status status =
      rpc::Call(*AdminStub(session), &Admin::ReprocessDocuments, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  const auto report = ResultOf<ReprocessDocumentsReport>(session, response.operation());
  if (!report.ok()) return session.Report(report.status());
  for (const ReprocessedRelease& sample : report->samples()) {
    fmt::print("{}\n", sample.name());
    for (const std::string& change : sample.changes()) fmt::print("  {}\n", change);
  }
  Say(fmt::format("{} documents of {} releases {}; {} releases were made by other rules than the latest.",
                  report->document_count(), report->release_count(),
                  options.preview ? "would be extracted again" : "are given to extraction again",
                  report->outdated_count()));
  if (options.preview) {
    Say(fmt::format("{} releases would change; {} documents cannot be extracted.", report->changed_count(),
                    report->failed_count()));
  }
  return kOk;
}

std::string Age(bool given, const google::protobuf::Duration& age) {
  return given ? fmt::format("{} days", age.seconds() / kDaySeconds) : "for good";
}

int Retention(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  const auto stub = AdminStub(session);
  if (!options.source.empty()) {
    SetRetentionRuleRequest request;
    SetRetentionRuleResponse response;
    RetentionRule& rule = *request.mutable_rule();
    rule.set_source(options.source);
    if (options.content_days > 0) rule.mutable_content_age()->set_seconds(options.content_days * kDaySeconds);
    if (options.release_days > 0) rule.mutable_release_age()->set_seconds(options.release_days * kDaySeconds);
    if (!options.forever && !rule.has_content_age() && !rule.has_release_age()) {
      return session.Report(Error(absl::StatusCode::kInvalidArgument, "INVALID_RETENTION",
                                  "give --contents DAYS, --releases DAYS or --forever, which removes the rule"));
    }
    const absl::Status status = rpc::Call(*stub, &Admin::SetRetentionRule, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
  }
  ListRetentionRulesResponse listed;
  absl::Status status =
      rpc::Call(*stub, &Admin::ListRetentionRules, ListRetentionRulesRequest(), &listed, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  for (const RetentionRule& rule : listed.rules()) {
    fmt::print("{}: contents {}, releases {}\n", rule.source(), Age(rule.has_content_age(), rule.content_age()),
               Age(rule.has_release_age(), rule.release_age()));
  }
  if (listed.rules().empty()) Say("No rules: everything is kept for good.");
  if (!options.apply && !options.preview) return kOk;
  ApplyRetentionRequest request;
  ApplyRetentionResponse response;
  request.set_validate_only(options.preview);
  status = rpc::Call(*stub, &Admin::ApplyRetention, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  const auto report = ResultOf<ApplyRetentionReport>(session, response.operation());
  if (!report.ok()) return session.Report(report.status());
  Say(fmt::format("{} contents ({:.1f} MiB) and {} releases with {} revisions {}.", report->content_count(),
                  static_cast<double>(report->content_bytes()) / (1 << 20), report->release_count(),
                  report->revision_count(), options.preview ? "would be removed" : "were removed"));
  return kOk;
}

// Lists operations, the newest first, or cancels one.
int ShowOperations(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  const auto stub = Operations::NewStub(session.Channel(session.endpoints()->storage.address));
  using Stub = Operations::StubInterface;
  if (!options.value.empty()) {
    google::longrunning::CancelOperationRequest request;
    google::protobuf::Empty response;
    request.set_name(options.value);
    const absl::Status status = rpc::Call(*stub, &Stub::CancelOperation, request, &response, {.deadline = kDeadline});
    return status.ok() ? kOk : session.Report(status);
  }
  google::longrunning::ListOperationsResponse listed;
  const absl::Status status = rpc::Call(*stub, &Stub::ListOperations, google::longrunning::ListOperationsRequest(),
                                        &listed, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  for (const Operation& operation : listed.operations()) {
    const std::string& type = operation.metadata().type_url();
    fmt::print("{} {} {}\n", operation.name(),
               !operation.done()       ? "running"
               : operation.has_error() ? fmt::format("failed: {}", operation.error().message())
                                       : "done",
               type.substr(type.rfind('.') + 1));
  }
  if (listed.operations().empty()) Say("No operations.");
  return kOk;
}

int Erase(Session& session, const ArchiveOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  EraseContactRequest request;
  request.set_value(options.value);
  request.set_validate_only(options.preview);
  EraseContactResponse response;
  const absl::Status status =
      rpc::Call(*AdminStub(session), &Admin::EraseContact, request, &response, {.deadline = kEraseDeadline});
  if (!status.ok()) return session.Report(status);
  fmt::print("releases {}\nrevisions {}\nevents {}\ncontents {}\n", response.release_count(), response.revision_count(),
             response.event_count(), response.content_count());
  if (!options.preview) {
    fmt::print("proof {}\nsalt {}\n", response.proof_sha256(), response.proof_salt());
    Say(fmt::format("Erased; kept as {}: SHA-256 over the salt and the value is the proof.", response.erasure()));
  }
  return kOk;
}

// The storage service's own program does it: it alone knows its database.
int Restore(Session& session, const ArchiveOptions& options) {
  const std::string program = (session.program_dir / "dateline-storage").string();
  const std::string folder = (session.data_dir / "storage").string();
  std::vector<std::string> words = {program, "restore", options.file, folder};
  if (options.replace) words.emplace_back("--replace");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int failed = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ);
      failed != 0) {
    return session.Report(Error(absl::StatusCode::kNotFound, "PROGRAM_NOT_FOUND",
                                fmt::format("{} cannot be run; install it beside this program", program)));
  }
  int state = 0;
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : kFailed;
}

CLI::App* AddCommand(CLI::App& parent, Session& session, const std::shared_ptr<ArchiveOptions>& options,
                     const char* name, const char* help, int (*run)(Session&, const ArchiveOptions&)) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->callback(
      [options, run, &session] { session.run = [options, run, &session] { return run(session, *options); }; });
  return command;
}

}  // namespace

void AddArchive(CLI::App& app, Session& session) {
  auto* archive = app.add_subcommand("archive", "Look after the archive: stats, backup, verify, move, erase, retain");
  archive->require_subcommand(1);
  auto options = std::make_shared<ArchiveOptions>();
  AddCommand(*archive, session, options, "stats", "Count what it holds",
             [](Session& s, const ArchiveOptions&) { return Stats(s); });
  AddCommand(*archive, session, options, "backup", "Write a consistent copy while everything runs, and read it back",
             &Backup)
      ->add_option("name", options->file, "File name in the service's backup folder; by the time when left out");
  AddCommand(*archive, session, options, "verify",
             "Check the archive against itself; exit status 1 when something is wrong", &Verify)
      ->add_flag("--deep", options->deep, "Take every hash again, check every span and index entry");
  auto* restore = AddCommand(*archive, session, options, "restore",
                             "Put a backup in the place of the archive; the suite has to be stopped", &Restore);
  restore->add_option("file", options->file, "The backup")->required()->check(CLI::ExistingFile);
  restore->add_flag("--replace", options->replace, "An archive that is there is kept beside it under another name");
  auto* reprocess =
      AddCommand(*archive, session, options, "reprocess",
                 "Extract stored documents again; their facts are replaced, no event goes out", &Reprocess);
  reprocess->add_option("--filter", options->filter, "Only those of releases that match");
  reprocess->add_flag("--preview", options->preview, "Only count, and show samples");
  auto* retention = AddCommand(*archive, session, options, "retention",
                               "Show, set and apply how long what comes from a source is kept", &Retention);
  retention->add_option("source", options->source, "A source, as releases name it, or '*' for all that have no rule");
  retention->add_option("--contents", options->content_days, "Remove contents of documents after so many days")
      ->check(CLI::Range(1, 73'000));
  retention->add_option("--releases", options->release_days, "Remove releases after so many days")
      ->check(CLI::Range(1, 73'000));
  retention->add_flag("--forever", options->forever, "Remove the source's rule");
  retention->add_flag("--apply", options->apply, "Remove now what is too old; by itself that is done once a day");
  retention->add_flag("--preview", options->preview, "Only count what would be removed");
  AddCommand(*archive, session, options, "operations", "List long work, the newest first", &ShowOperations)
      ->add_option("--cancel", options->value, "Ask this one to end, operations/…");
  auto* erase = AddCommand(*archive, session, options, "erase",
                           "Remove an e-mail address or telephone number from every place, with a proof", &Erase);
  erase->add_option("value", options->value, "name@example.org or +41227919111")->required();
  erase->add_flag("--preview", options->preview, "Only count");
  auto* out = AddCommand(*archive, session, options, "export", "Write the whole archive as JSON Lines",
                         [](Session& s, const ArchiveOptions& o) { return ExportArchive(s, o.file, o.resume); });
  out->add_option("file", options->file, "Where to")->required();
  out->add_flag("--resume", options->resume, "Go on where an export to this file was broken off");
  auto* in = AddCommand(*archive, session, options, "import",
                        "Take in what export wrote; what is there already is left alone, so it may be repeated",
                        [](Session& s, const ArchiveOptions& o) {
                          return ImportArchive(s, o.file, {.compare = o.compare, .move = o.move});
                        });
  in->add_option("file", options->file, "What to read: an export, or a backup of an archive on PostgreSQL")
      ->required()
      ->check(CLI::ExistingFile);
  in->add_flag("--move", options->move,
               "This archive takes the place of the other: its event log goes on here, with cursors and leases");
  in->add_flag("--compare", options->compare, "Then read the archive back and compare it with the file");
}

}  // namespace dateline::cli
