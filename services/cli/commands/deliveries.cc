// dateline deliveries and dateline replay: what was delivered, with every attempt, and delivering it again.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/commands/subscription.h"
#include "services/cli/render/subscription_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace notification::v1;  // The messages of one service, in a file about it alone.
using Stub = SubscriptionService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr int kPageMax = 500;
// Beyond every event.
constexpr uint64_t kLatest = INT64_MAX;

struct DeliveryOptions {
  std::string name;
  std::string state = "any";
  int limit = 50;
  bool attempts = false;
  bool json = false;
  std::vector<std::string> deliveries;
  uint64_t from = 0;
  uint64_t to = 0;
};

Delivery::State StateOf(const std::string& text) {
  if (text == "pending") return Delivery::STATE_PENDING;
  if (text == "delivered") return Delivery::STATE_SUCCEEDED;
  if (text == "failed") return Delivery::STATE_FAILED;
  return Delivery::STATE_UNSPECIFIED;
}

int List(Session& session, const DeliveryOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  const Style style = StdoutStyle(session.colour);
  ListDeliveriesRequest request;
  request.set_parent(SubscriptionName(options.name));
  request.set_state(StateOf(options.state));
  int left = options.limit;
  size_t printed = 0;
  while (left > 0) {
    request.set_page_size(std::min(left, kPageMax));
    ListDeliveriesResponse response;
    const absl::Status status =
        rpc::Call(*SubscriptionStub(session), &Stub::ListDeliveries, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const Delivery& delivery : response.deliveries()) {
      ++printed;
      if (options.json) {
        PrintJson(delivery);
      } else {
        fmt::print("{}", DeliveryText(delivery, options.attempts, style));
      }
    }
    left -= response.deliveries_size();
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  if (printed == 0) {
    Say(options.state == "any"
            ? "Nothing has been delivered yet. `dateline subscription test` tries the channel, `dateline "
              "subscription dry-run` the filter."
            : fmt::format("There is no delivery that is {}.", options.state));
  }
  return kOk;
}

int Replay(Session& session, const DeliveryOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  ReplayDeliveriesRequest request;
  request.set_parent(SubscriptionName(options.name));
  for (const std::string& given : options.deliveries) {
    request.add_names(given.find('/') == std::string::npos ? fmt::format("{}/deliveries/{}", request.parent(), given)
                                                           : given);
  }
  if (options.deliveries.empty() && options.from == 0 && options.to == 0) {
    Say("dateline: say what to deliver again: deliveries, as `dateline deliveries` names them, or events by --from and "
        "--to");
    return kUsage;
  }
  request.set_start_sequence(options.from);
  if (options.deliveries.empty()) request.set_end_sequence(options.to == 0 ? kLatest : options.to);
  ReplayDeliveriesResponse response;
  const absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::ReplayDeliveries, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  fmt::print("{} are delivered again\n", response.replayed_count());
  if (response.replayed_count() == 0) {
    Say("What has not been delivered yet, or is being delivered, is not repeated; `dateline subscription backfill` "
        "delivers "
        "what came before the subscription.");
  }
  return kOk;
}

}  // namespace

void AddDeliveries(CLI::App& app, Session& session) {
  auto options = std::make_shared<DeliveryOptions>();
  auto* list = app.add_subcommand("deliveries", "What a subscription was sent, newest first");
  list->add_option("subscription", options->name, "The subscription")->required();
  list->add_option("--state", options->state, "any, pending, delivered or failed")
      ->check(CLI::IsMember({"any", "pending", "delivered", "failed"}))
      ->capture_default_str();
  list->add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  list->add_flag("--attempts", options->attempts, "With every attempt, and why the event matched");
  list->add_flag("--json", options->json, "JSON lines for machines");
  list->callback([options, &session] { session.run = [options, &session] { return List(session, *options); }; });
  auto* replay = app.add_subcommand("replay", "Deliver again what was delivered or failed");
  replay->add_option("subscription", options->name, "The subscription")->required();
  replay->add_option("delivery", options->deliveries, "Deliveries, as `dateline deliveries` names them");
  replay->add_option("--from", options->from, "Or all from this event's number on");
  replay->add_option("--to", options->to, "Up to this one; the latest when absent");
  replay->callback([options, &session] { session.run = [options, &session] { return Replay(session, *options); }; });
}

}  // namespace dateline::cli
