// dateline doctor: does every service answer?

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "common/base/absl_compat.h"
#include "common/rpc/call.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/cli/ops_client.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

struct Finding {
  bool ok = false;
  std::string detail;
};

// Both ways in: the operations port says whether the service can work, the health call that its RPC port answers.
Finding Examine(Session& session, const Endpoint& endpoint, bool has_rpc, std::chrono::milliseconds timeout) {
  const OpsAnswer ready = GetOps(endpoint.ops, "/readyz", timeout);
  if (ready.status == 0) return {false, fmt::format("{}; is the suite up? (`dateline up`)", ready.body)};
  if (!ready.ok()) return {false, fmt::format("not ready: {}", ready.body)};
  if (!has_rpc) return {true, "ready"};
  const auto stub = Health::NewStub(session.Channel(endpoint.address));
  HealthCheckRequest request;
  request.set_service("readiness");
  HealthCheckResponse response;
  const absl::Status status =
      rpc::Call(*stub, &Health::StubInterface::Check, request, &response, {.deadline = timeout});
  if (!status.ok()) return {false, fmt::format("{}: {}", endpoint.address, ToStd(status.message()))};
  if (response.status() != HealthCheckResponse::SERVING) return {false, "answers, but does not serve"};
  return {true, "ready"};
}

int Doctor(Session& session, std::chrono::milliseconds timeout) {
  const Endpoints* endpoints = session.endpoints();
  if (endpoints == nullptr) return kUsage;
  const Style style = StdoutStyle(session.colour);
  bool all = true;
  for (const Endpoint* endpoint : endpoints->All()) {
    const auto start = std::chrono::steady_clock::now();
    const Finding finding =
        Examine(session, *endpoint, endpoint != &endpoints->eventbus && endpoint != &endpoints->gateway, timeout);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    all = all && finding.ok;
    fmt::print("{} {:<13} {:<17} {:>6.1f} ms  {}\n", finding.ok ? style.Good("✓") : style.Bad("✗"), endpoint->name,
               endpoint->address, ms, finding.detail);
  }
  return all ? kOk : kUnreachable;
}

}  // namespace

void AddDoctor(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("doctor", "Check that every service answers and is ready");
  auto timeout_ms = std::make_shared<int>(2000);
  command->add_option("--timeout", *timeout_ms, "How long to wait for each service, in milliseconds")
      ->capture_default_str()
      ->check(CLI::Range(10, 60000));
  command->footer("Exit status 0 when all are ready, 3 otherwise.");
  command->callback([timeout_ms, &session] {
    session.run = [timeout_ms, &session] { return Doctor(session, std::chrono::milliseconds(*timeout_ms)); };
  });
}

}  // namespace dateline::cli
