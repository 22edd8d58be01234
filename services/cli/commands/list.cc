// dateline list: the releases in the archive, newest first.

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/render/release_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::ReleaseService;

constexpr int kPageMax = 200;

struct ListOptions {
  std::string filter;
  std::string sort;
  int limit = 50;
  bool json = false;
};

int List(Session& session, const ListOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  const Style style = StdoutStyle(session.colour);
  const size_t columns = TerminalColumns();
  storage::v1::ListReleasesRequest request;
  request.set_filter(options.filter);
  request.set_order_by(options.sort == "oldest"             ? "create_time"
                       : options.sort == "published"        ? "publish_date desc"
                       : options.sort == "published-oldest" ? "publish_date"
                                                            : "create_time desc");
  request.set_view(options.json ? storage::v1::RELEASE_VIEW_FULL : storage::v1::RELEASE_VIEW_BASIC);
  int printed = 0;
  while (options.limit == 0 || printed < options.limit) {
    request.set_page_size(options.limit == 0 ? kPageMax : std::min(kPageMax, options.limit - printed));
    storage::v1::ListReleasesResponse response;
    const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::ListReleases, request,
                                          &response, {.deadline = std::chrono::seconds(10)});
    if (!status.ok()) return session.Report(status);
    for (const auto& release : response.releases()) {
      ++printed;
      std::string json;
      if (!options.json) {
        fmt::print("{}\n", ReleaseLine(release, style, columns));
      } else if (google::protobuf::util::MessageToJsonString(release, &json).ok()) {
        fmt::print("{}\n", json);
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  if (printed == 0 && !options.filter.empty()) {
    Say("No release matches the filter.");
  } else if (printed == 0) {
    Say("No releases yet. Add some with `dateline ingest FILE|DIR|URL`.");
  }
  return kOk;
}

}  // namespace

void AddList(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("list", "List releases, newest first");
  auto options = std::make_shared<ListOptions>();
  command->add_option("--filter", options->filter, "Only those that match, e.g. 'language = \"fr\"'");
  command->add_option("--sort", options->sort, "newest (the default), oldest, published, published-oldest")
      ->check(CLI::IsMember({"newest", "oldest", "published", "published-oldest"}));
  command->add_option("--limit", options->limit, "At most this many; 0 for all")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  command->add_flag("--json", options->json, "Whole records as JSON lines");
  command->footer("Columns: publish date (- for parts that are not known), language, title, name.");
  command->callback([options, &session] { session.run = [options, &session] { return List(session, *options); }; });
}

}  // namespace dateline::cli
