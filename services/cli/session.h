#pragma once
// What every command is given: the global options, the addresses of the suite, channels to its services, and one way to
// report errors. Made once in main; used from the main thread, channels from any.

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"
#include "dateline/ingestion/v1/ingest_service.grpc.pb.h"
#include "dateline/ingestion/v1/source_service.grpc.pb.h"
#include "dateline/notification/v1/event_stream_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "dateline/storage/v1/entity_service.grpc.pb.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "services/cli/endpoints.h"
#include "services/cli/exit_status.h"
#include "services/cli/terminal.h"

namespace CLI {
class App;
}

namespace dateline::cli {

class Session {
 public:
  // Global options, filled by the parser before a command runs.
  std::filesystem::path data_dir = DefaultDataDir();
  std::string endpoints_file;
  std::string colour = "auto";
  // The folder of this program, where those of the services stand too.
  std::filesystem::path program_dir;

  // What the chosen command does; returns the exit status. Set by the command's callback.
  std::function<int()> run;

  // The addresses; reports an error and returns null when they cannot be read.
  const Endpoints* endpoints();

  // Stubs of the services; valid as long as the session. endpoints() must have succeeded.
  events::v1::EventLogService::StubInterface& event_log();
  storage::v1::DocumentService::StubInterface& documents();
  storage::v1::ReleaseService::StubInterface& releases();
  storage::v1::EntityService::StubInterface& entities();
  ingestion::v1::IngestService::StubInterface& ingest();
  ingestion::v1::SourceService::StubInterface& sources();
  notification::v1::EventStreamService::StubInterface& event_stream();
  std::shared_ptr<grpc::ChannelInterface> Channel(const std::string& address);

  // Prints "dateline: message" to stderr, with the remedy when a service does not answer, and returns the exit status.
  int Report(const absl::Status& status) const;

 private:
  std::unique_ptr<Endpoints> endpoints_;
  std::shared_ptr<const rpc::TlsIdentity> tls_;  // Shared with gRPC. Null: plain text.
  std::map<std::string, std::shared_ptr<grpc::ChannelInterface>> channels_;
  std::unique_ptr<events::v1::EventLogService::StubInterface> event_log_;
  std::unique_ptr<storage::v1::DocumentService::StubInterface> documents_;
  std::unique_ptr<storage::v1::ReleaseService::StubInterface> releases_;
  std::unique_ptr<storage::v1::EntityService::StubInterface> entities_;
  std::unique_ptr<ingestion::v1::IngestService::StubInterface> ingest_;
  std::unique_ptr<ingestion::v1::SourceService::StubInterface> sources_;
  std::unique_ptr<notification::v1::EventStreamService::StubInterface> event_stream_;
};

// Each adds one command with its options and help to the parser.
void AddUp(CLI::App& app, Session& session);
void AddIngest(CLI::App& app, Session& session);
void AddKey(CLI::App& app, Session& session);
void AddList(CLI::App& app, Session& session);
void AddSource(CLI::App& app, Session& session);
void AddShow(CLI::App& app, Session& session);
void AddSimilar(CLI::App& app, Session& session);
void AddEntity(CLI::App& app, Session& session);
void AddContacts(CLI::App& app, Session& session);
void AddDiff(CLI::App& app, Session& session);
void AddSearch(CLI::App& app, Session& session);
void AddWatch(CLI::App& app, Session& session);
void AddExtract(CLI::App& app, Session& session);
void AddListing(CLI::App& app, Session& session);
void AddFeed(CLI::App& app, Session& session);
void AddDate(CLI::App& app, Session& session);
void AddUrl(CLI::App& app, Session& session);
void AddRobots(CLI::App& app, Session& session);
void AddCompletion(CLI::App& app, Session& session);
void AddDoctor(CLI::App& app, Session& session);
void AddVersion(CLI::App& app, Session& session);

}  // namespace dateline::cli
