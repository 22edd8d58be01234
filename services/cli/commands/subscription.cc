// dateline subscription: list, show, test, dry-run, pause, resume, backfill, rotate-secret, remove.

#include "services/cli/commands/subscription.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/error.h"
#include "common/rpc/call.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/cli/commands/source.h"
#include "services/cli/render/subscription_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace notification::v1;  // The messages of one service, in a file about it alone.
using Stub = SubscriptionService::StubInterface;
using google::longrunning::Operations;

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr std::chrono::milliseconds kTestDeadline{70'000};
constexpr std::chrono::milliseconds kDryRunDeadline{120'000};
constexpr std::chrono::milliseconds kWaitDeadline{30'000};
constexpr int kPageMax = 200;

struct SubscriptionOptions {
  std::string name;
  std::vector<std::string> names;
  std::string filter;
  std::string from;
  int days = 30;
  int max_per_minute = 600;
  bool wait = false;
  bool json = false;
};

int List(Session& session, const SubscriptionOptions& options) {
  const Style style = StdoutStyle(session.colour);
  ListSubscriptionsRequest request;
  request.set_page_size(kPageMax);
  size_t printed = 0;
  while (true) {
    ListSubscriptionsResponse response;
    const absl::Status status =
        rpc::Call(*SubscriptionStub(session), &Stub::ListSubscriptions, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const Subscription& subscription : response.subscriptions()) {
      ++printed;
      if (options.json) {
        PrintJson(subscription);
      } else {
        fmt::print("{}\n", SubscriptionLine(subscription, style));
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  if (printed == 0) Say("No subscriptions yet. Make one with `dateline subscribe --webhook https://…`.");
  return kOk;
}

int Show(Session& session, const SubscriptionOptions& options) {
  GetSubscriptionRequest request;
  request.set_name(SubscriptionName(options.name));
  GetSubscriptionResponse response;
  const absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::GetSubscription, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.subscription());
  } else {
    fmt::print("{}", SubscriptionText(response.subscription(), StdoutStyle(session.colour)));
  }
  return kOk;
}

int Test(Session& session, const SubscriptionOptions& options) {
  TestSubscriptionRequest request;
  request.set_name(SubscriptionName(options.name));
  TestSubscriptionResponse response;
  const absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::TestSubscription, request, &response, {.deadline = kTestDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.attempt());
  } else {
    fmt::print("{}\n", AttemptText(response.attempt()));
  }
  return response.attempt().error().empty() ? kOk : kFailed;
}

int DryRun(Session& session, const SubscriptionOptions& options) {
  DryRunSubscriptionRequest request;
  if (!options.name.empty()) request.set_name(SubscriptionName(options.name));
  request.set_filter(options.filter);
  request.set_days(options.days);
  DryRunSubscriptionResponse response;
  const absl::Status status = rpc::Call(*SubscriptionStub(session), &Stub::DryRunSubscription, request, &response,
                                        {.deadline = kDryRunDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response);
  } else {
    fmt::print("{}", DryRunText(response, StdoutStyle(session.colour)));
  }
  return kOk;
}

int Backfill(Session& session, const SubscriptionOptions& options) {
  BackfillSubscriptionRequest request;
  request.set_name(SubscriptionName(options.name));
  request.set_max_per_minute(options.max_per_minute);
  const bool number = !options.from.empty() && options.from.find_first_not_of("0123456789") == std::string::npos;
  if (number && options.from.size() <= 18) {
    request.set_start_sequence(std::stoull(options.from));
  } else if (!google::protobuf::util::TimeUtil::FromString(options.from, request.mutable_start_time())) {
    Say(fmt::format("dateline: --from {}: write an event's number, or a time such as 2026-03-01T00:00:00Z",
                    options.from));
    return kUsage;
  }
  BackfillSubscriptionResponse response;
  absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::BackfillSubscription, request, &response, {.deadline = kDeadline});
  google::longrunning::Operation operation = response.operation();
  auto operations = Operations::NewStub(session.Channel(session.endpoints()->notification.address));
  while (status.ok() && options.wait && !operation.done()) {
    google::longrunning::WaitOperationRequest wait;
    wait.set_name(operation.name());
    status = rpc::Call(*operations, &Operations::Stub::WaitOperation, wait, &operation, {.deadline = kWaitDeadline});
  }
  if (!status.ok()) return session.Report(status);
  BackfillReport report;
  operation.metadata().UnpackTo(&report);
  if (options.json) {
    PrintJson(operation);
  } else {
    fmt::print("{}  {} of {} events looked at, {} delivered\n", operation.name(), report.read_count(),
               report.total_count(), report.delivered_count());
  }
  if (!operation.has_error()) return kOk;
  Say(fmt::format("dateline: {}", operation.error().message()));
  return kFailed;
}

int Rotate(Session& session, const SubscriptionOptions& options) {
  RotateSecretRequest request;
  request.set_name(SubscriptionName(options.name));
  RotateSecretResponse response;
  const absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::RotateSecret, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  fmt::print("{}\n", response.subscription().webhook().secret());
  Say("This is the new signing secret; it is not shown again. The old one signs too for a day.");
  return kOk;
}

// One call for each name; what was done is said of each.
template <class Request, class Method, class Response>
int ForEach(Session& session, const SubscriptionOptions& options, Method method, Response, std::string_view done) {
  int failed = 0;
  int worst = kOk;
  for (const std::string& given : options.names) {
    Request request;
    request.set_name(SubscriptionName(given));
    Response response;
    const absl::Status status =
        rpc::Call(*SubscriptionStub(session), method, request, &response, {.deadline = kDeadline});
    if (status.ok()) {
      Say(fmt::format("{} {}.", request.name(), done));
      continue;
    }
    worst = session.Report(status);
    ++failed;
    if (worst == kUnreachable) return worst;
  }
  if (failed == 0) return kOk;
  return failed == static_cast<int>(options.names.size()) ? worst : kSomeFailed;
}

int Pause(Session& session, const SubscriptionOptions& options) {
  return ForEach<PauseSubscriptionRequest>(session, options, &Stub::PauseSubscription, PauseSubscriptionResponse(),
                                           "is paused; what happens meanwhile is delivered later");
}

int Resume(Session& session, const SubscriptionOptions& options) {
  return ForEach<ResumeSubscriptionRequest>(session, options, &Stub::ResumeSubscription, ResumeSubscriptionResponse(),
                                            "delivers again, from where it stood");
}

int Remove(Session& session, const SubscriptionOptions& options) {
  return ForEach<DeleteSubscriptionRequest>(session, options, &Stub::DeleteSubscription, DeleteSubscriptionResponse(),
                                            "is removed");
}

using Action = int (*)(Session&, const SubscriptionOptions&);

}  // namespace

std::unique_ptr<SubscriptionService::StubInterface> SubscriptionStub(Session& session) {
  return SubscriptionService::NewStub(session.Channel(session.endpoints()->notification.address));
}

std::string SubscriptionName(const std::string& given) {
  return given.starts_with("subscriptions/") ? given : "subscriptions/" + given;
}

void AddSubscription(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("subscription", "Subscriptions: list, show, test, dry-run, pause, resume …");
  command->require_subcommand(1);
  auto options = std::make_shared<SubscriptionOptions>();
  const auto add = [&](const std::string& name, const std::string& help, Action action) {
    CLI::App* const sub = command->add_subcommand(name, help);
    sub->callback([options, action, &session] {
      session.run = [options, action, &session] {
        return session.endpoints() == nullptr ? kUsage : action(session, *options);
      };
    });
    return sub;
  };
  const auto with_name = [&](CLI::App* sub) {
    sub->add_option("name", options->name, "The subscription")->required();
    return sub;
  };
  const auto with_names = [&](CLI::App* sub) {
    sub->add_option("name", options->names, "The subscriptions")->required();
    return sub;
  };
  auto* list = add("list", "List the subscriptions", &List);
  auto* show = with_name(add("show", "Show one subscription", &Show));
  auto* test = with_name(add("test", "Send a test event through its channel now", &Test));
  auto* dry_run = add("dry-run", "Say what a filter would have matched, and why", &DryRun);
  dry_run->add_option("name", options->name, "The subscription; or give --filter alone");
  dry_run->add_option("--filter", options->filter, "The filter to try");
  dry_run->add_option("--days", options->days, "How many days back")
      ->check(CLI::Range(1, 3'650))
      ->capture_default_str();
  with_names(add("pause", "Stop delivering; nothing is lost", &Pause));
  with_names(add("resume", "Deliver again, from where it stood", &Resume));
  auto* backfill = with_name(add("backfill", "Deliver events of the past, marked as backfill", &Backfill));
  backfill->add_option("--from", options->from, "An event's number, or a time such as 2026-03-01T00:00:00Z")
      ->required();
  backfill->add_option("--max-per-minute", options->max_per_minute, "At most so many events a minute")
      ->check(CLI::Range(1, 6'000))
      ->capture_default_str();
  backfill->add_flag("--wait", options->wait, "Wait until it is done");
  with_name(add("rotate-secret", "Make a new signing secret and show it this once", &Rotate));
  with_names(add("remove", "End subscriptions for good", &Remove));
  for (CLI::App* const sub : {list, show, test, dry_run, backfill}) {
    sub->add_flag("--json", options->json, "JSON for machines");
  }
  command->footer("Exit status: 0 done, 1 failed, 2 wrong usage, 3 no suite, 4 some failed.");
}

}  // namespace dateline::cli
