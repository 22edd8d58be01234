// dateline watch: events as they happen, from any point on, without loss over interruptions.

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "common/base/absl_compat.h"
#include "common/client/cursor_file.h"
#include "common/client/event_reader.h"
#include "common/export/event_json.h"
#include "services/cli/render/event_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using client::EventReader;
using notification::v1::StreamEventsRequest;

struct WatchOptions {
  std::string filter;
  std::string from = "latest";
  std::string cursor_file;
  std::vector<std::string> types;
  int count = 0;
  int retry_seconds = -1;  // Not named: kFirstContact.
  bool json = false;
};

absl::Status SetStart(const WatchOptions& options, StreamEventsRequest& request) {
  if (!options.cursor_file.empty()) {
    request.set_resume_token(client::LoadCursor(options.cursor_file));
    if (!request.resume_token().empty()) return absl::OkStatus();
  }
  if (options.from == "latest") {
    request.set_start(StreamEventsRequest::START_LATEST);
  } else if (options.from == "earliest") {
    request.set_start(StreamEventsRequest::START_EARLIEST);
  } else if (google::protobuf::util::TimeUtil::FromString(options.from, request.mutable_start_time())) {
    request.set_start(StreamEventsRequest::START_TIME);
  } else {
    request.clear_start_time();
    request.set_resume_token(options.from);
  }
  return absl::OkStatus();
}

int Watch(Session& session, const WatchOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  EventReader::Options reading;
  reading.request.set_filter(options.filter);
  reading.request.mutable_event_types()->Assign(options.types.begin(), options.types.end());
  if (const absl::Status start = SetStart(options, reading.request); !start.ok()) return session.Report(start);
  reading.retry_limit = std::chrono::milliseconds(-1);
  reading.on_retry = [](const absl::Status& status) {
    Say(fmt::format("dateline: the stream broke off ({}); going on from the last event", ToStd(status.message())));
  };
  // A suite that never answered is reported; one that answered once is waited for.
  EventReader::Options first = reading;
  first.retry_limit = options.retry_seconds < 0 ? kFirstContact : std::chrono::seconds(options.retry_seconds);

  const Style style = StdoutStyle(session.colour);
  absl::Status failed;
  int printed = 0;
  bool opened = false;
  const auto handle = [&](const EventReader::Response& response) {
    opened = true;
    if (response.has_event()) {
      if (!options.json) {
        fmt::print("{}\n", EventText(response.event(), style));
      } else if (const auto json = exporting::EventJson(response.event()); json.ok()) {
        fmt::print("{}\n", *json);
      } else {
        failed = json.status();
        return false;
      }
      if (std::fflush(stdout) != 0) return false;  // Whoever read us is gone.
      ++printed;
    }
    reading.request.set_resume_token(response.resume_token());
    if (!options.cursor_file.empty()) failed = client::SaveCursor(options.cursor_file, response.resume_token());
    return failed.ok() && (options.count == 0 || printed < options.count);
  };
  EventReader reader(session.event_stream(), std::move(first));
  absl::Status status = reader.Run(handle);
  if (!status.ok() && opened && absl::IsUnavailable(status)) {
    reading.request.clear_start();
    reading.request.clear_start_time();
    EventReader again(session.event_stream(), reading);
    status = again.Run(handle);
  }
  if (status.ok()) status = failed;
  return session.Report(status);
}

}  // namespace

void AddWatch(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("watch", "Print events as they happen, until Ctrl-C");
  auto options = std::make_shared<WatchOptions>();
  command->add_option("--filter", options->filter, "Only releases that match, e.g. 'places.country_code = \"CN\"'");
  command->add_option("--from", options->from, "latest, earliest, a time (2026-11-22T00:00:00Z) or a resume token")
      ->capture_default_str();
  command->add_option("--cursor", options->cursor_file,
                      "Keep the place in this file: the next run goes on behind the last event printed");
  command->add_option("--type", options->types, "Only these event types, e.g. org.dateline.release.revised");
  command->add_option("--count", options->count, "End after this many events; 0 for never")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000'000));
  command
      ->add_option(
          "--retry-for", options->retry_seconds,
          "Seconds to wait for a suite that has not answered yet, e.g. in a cluster that is starting; one that "
          "answered once is waited for without end")
      ->check(CLI::Range(0, 3600));
  command->add_flag("--json", options->json, "CloudEvents as JSON lines");
  command->footer(
      "Interruptions are bridged: every event comes once and in order. Examples:\n"
      "  dateline watch --from earliest --json | jq .data.release.title\n"
      "  dateline watch --cursor ~/.dateline-cursor --filter 'language = \"en\"'");
  command->callback([options, &session] { session.run = [options, &session] { return Watch(session, *options); }; });
}

}  // namespace dateline::cli
