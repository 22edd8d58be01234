#include "services/cli/suite/suite.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/secrets/secret_box.h"
#include "services/cli/ops_client.h"
#include "services/cli/terminal.h"

namespace dateline::cli {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{100};
constexpr std::chrono::milliseconds kReadyInterval{30};
constexpr std::chrono::milliseconds kRestartDelayMin{100};
constexpr std::chrono::milliseconds kRestartDelayMax{5'000};
// Who ran this long is started again at once when it ends.
constexpr std::chrono::seconds kSettled{30};

bool PortIsFree(uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return true;  // The service itself will say what is wrong.
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_free = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return is_free;
}

uint16_t PortOf(const std::string& address) {
  return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

}  // namespace

struct Suite::Supervised {
  explicit Supervised(ServiceProcess::Spec spec) : process(std::move(spec)) {}
  ServiceProcess process;
  std::chrono::steady_clock::time_point started;
  std::chrono::milliseconds delay = kRestartDelayMin;
  std::optional<std::chrono::steady_clock::time_point> restart_at;
};

Suite::Suite(Options options) : options_(std::move(options)), endpoints_(LocalEndpoints(options_.port_base)) {}

Suite::~Suite() {
  Stop();
  if (lock_ >= 0) close(lock_);
}

std::vector<ServiceProcess::Spec> Suite::Specs() const {
  const std::string storage = "--storage.address=" + endpoints_.storage.address;
  const std::string subscribe = "--bus.subscribe_endpoints=tcp://" + endpoints_.eventbus.address;
  const std::string publish = "--bus.publish_endpoints=tcp://" + endpoints_.bus_publish;
  const auto spec = [this](const Endpoint& endpoint, std::vector<std::string> args) {
    args.push_back("--ops.listen=" + endpoint.ops);
    args.push_back("--log.level=" + options_.log_level);
    return ServiceProcess::Spec{endpoint.name, options_.program_dir / ("dateline-" + endpoint.name), std::move(args),
                                endpoint.ops, log_dir() / (endpoint.name + ".log")};
  };
  const auto listen = [](const Endpoint& endpoint) { return "--server.listen=" + endpoint.address; };
  std::vector<std::string> ingestion = {listen(endpoints_.ingestion), storage, publish,
                                        "--ingestion.data_dir=" + (options_.data_dir / "ingestion").string(),
                                        "--ingestion.allow_typed_loopback=true"};
  for (const std::string& address : options_.allow_private_addresses) {
    ingestion.push_back("--ingestion.allow_private_addresses=" + address);
  }
  std::vector<std::string> notification = {listen(endpoints_.notification),
                                           storage,
                                           subscribe,
                                           publish,
                                           "--notification.data_dir=" + (options_.data_dir / "notification").string(),
                                           "--notification.secrets_key_file=" + secrets_key().string(),
                                           "--webhook.allow_loopback=true"};
  // In the order of starting; they are stopped in the reverse order.
  return {
      spec(endpoints_.eventbus,
           {"--publishers.listen=" + endpoints_.bus_publish, "--subscribers.listen=" + endpoints_.eventbus.address}),
      spec(endpoints_.storage,
           {listen(endpoints_.storage), publish, "--storage.data_dir=" + (options_.data_dir / "storage").string(),
            "--extraction.address=" + endpoints_.extraction.address}),
      spec(endpoints_.extraction, {listen(endpoints_.extraction), storage, subscribe}),
      spec(endpoints_.notification, std::move(notification)),
      spec(endpoints_.ingestion, std::move(ingestion)),
      spec(endpoints_.gateway, {"--http.listen=" + endpoints_.gateway.address, "--access.require_keys=false",
                                "--access.keys_file=" + (options_.data_dir / "gateway" / "keys").string(), storage,
                                "--ingestion.address=" + endpoints_.ingestion.address,
                                "--extraction.address=" + endpoints_.extraction.address,
                                "--notification.address=" + endpoints_.notification.address}),
  };
}

absl::Status Suite::TakeDataFolder() {
  std::error_code failed;
  for (const auto& folder : {options_.data_dir, log_dir(), options_.data_dir / "storage",
                             options_.data_dir / "ingestion", options_.data_dir / "notification"}) {
    std::filesystem::create_directories(folder, failed);
    if (failed) {
      return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                   fmt::format("{}: {}; choose another data folder with --data", folder.string(), failed.message()),
                   {{"path", folder.string()}});
    }
  }
  const std::string path = (options_.data_dir / "suite.lock").string();
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) {
    return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                 fmt::format("{}: cannot write; choose another data folder with --data", path), {{"path", path}});
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    char owner[16] = {};
    const ssize_t length = pread(lock_, owner, sizeof owner - 1, 0);
    const std::string pid(owner, length > 0 ? static_cast<size_t>(length) : 0);
    return Error(
        absl::StatusCode::kFailedPrecondition, "DATA_FOLDER_IN_USE",
        fmt::format("{}: a suite runs on this data folder already (process {}); use it, stop it, or choose another "
                    "folder with --data and other ports with --port-base",
                    options_.data_dir.string(), pid.empty() ? "unknown" : pid),
        {{"path", options_.data_dir.string()}});
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(lock_, 0) != 0 || pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
    return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE", fmt::format("{}: cannot write", path),
                 {{"path", path}});
  }
  return absl::OkStatus();
}

absl::Status Suite::CheckPorts() const {
  std::vector<std::string> addresses = {endpoints_.bus_publish};
  for (const Endpoint* endpoint : endpoints_.All()) {
    addresses.push_back(endpoint->address);
    addresses.push_back(endpoint->ops);
  }
  for (const std::string& address : addresses) {
    if (PortIsFree(PortOf(address))) continue;
    return Error(
        absl::StatusCode::kFailedPrecondition, "PORT_IN_USE",
        fmt::format("{}: another program listens there; choose other ports with --port-base N (a suite takes N to "
                    "N+{})",
                    address, kPortSpan - 1),
        {{"address", address}});
  }
  return absl::OkStatus();
}

absl::Status Suite::Start(ProcessSignals& signals) {
  DATELINE_RETURN_IF_ERROR(TakeDataFolder());
  DATELINE_RETURN_IF_ERROR(CheckPorts());
  // The first start makes a key; it stands outside of the services' folders, which are what one copies.
  if (const absl::Status made = secrets::MakeSecretKeyFile(secrets_key()); !absl::IsAlreadyExists(made)) {
    DATELINE_RETURN_IF_ERROR(made);
  }
  DATELINE_RETURN_IF_ERROR(SaveEndpoints(endpoints_, options_.data_dir));
  for (ServiceProcess::Spec& spec : Specs()) {
    services_.push_back(std::make_unique<Supervised>(std::move(spec)));
    services_.back()->started = std::chrono::steady_clock::now();
    DATELINE_RETURN_IF_ERROR(services_.back()->process.Start());
  }
  return WaitUntilReady(signals);
}

absl::Status Suite::StartFailed(const Supervised& service, int status) const {
  const std::string words = service.process.LastWords();
  return Error(absl::StatusCode::kFailedPrecondition, "SERVICE_FAILED",
               fmt::format("{} did not start (status {}): {}", service.process.spec().name, status,
                           words.empty() ? "it said nothing" : words),
               {{"service", service.process.spec().name}});
}

absl::Status Suite::WaitUntilReady(ProcessSignals& signals) {
  StartWait wait(options_.start, std::chrono::steady_clock::now());
  std::vector<Supervised*> waiting;
  for (const auto& service : services_) waiting.push_back(service.get());
  std::string detail;
  while (true) {
    for (Supervised* service : waiting) {
      if (const auto status = service->process.Poll()) return StartFailed(*service, *status);
    }
    std::erase_if(waiting, [&](Supervised* service) {
      const ServiceProcess::Spec& spec = service->process.spec();
      const OpsAnswer answer = GetOps(spec.ops_address, "/readyz", kReadyInterval * 10);
      if (answer.ok()) return true;
      detail = answer.body;
      if (const std::string what = UpgradeOf(answer.body); !what.empty())
        wait.Upgrading(fmt::format("{}: {}", spec.name, what), std::chrono::steady_clock::now());
      return false;
    });
    if (waiting.empty()) return absl::OkStatus();
    if (const auto now = std::chrono::steady_clock::now(); wait.IsOver(now)) {
      return Error(absl::StatusCode::kDeadlineExceeded, "START_TIMEOUT",
                   fmt::format("{} is not ready after {} s ({}); its log is {}", waiting.front()->process.spec().name,
                               wait.Seconds(now), detail.empty() ? "no answer" : detail,
                               waiting.front()->process.spec().log_file.string()));
    }
    if (signals.WaitFor(kReadyInterval) != 0) {
      return Error(absl::StatusCode::kCancelled, "INTERRUPTED", "stopped while starting");
    }
  }
}

void Suite::Run(ProcessSignals& signals) {
  while (signals.WaitFor(kWatchInterval) == 0) {
    const auto now = std::chrono::steady_clock::now();
    for (const auto& service : services_) {
      if (const auto status = service->process.Poll()) Restart(*service, *status);
      if (!service->restart_at.has_value() || now < *service->restart_at) continue;
      service->restart_at.reset();
      service->started = now;
      if (const absl::Status started = service->process.Start(); !started.ok()) Restart(*service, 127);
    }
  }
}

void Suite::Restart(Supervised& service, int status) {
  const auto now = std::chrono::steady_clock::now();
  if (now - service.started > kSettled) service.delay = kRestartDelayMin;
  service.restart_at = now + service.delay;
  const std::string words = service.process.LastWords();
  Say(fmt::format("{} ended (status {}{}{}); starting it again in {} ms", service.process.spec().name, status,
                  words.empty() ? "" : ": ", words, service.delay.count()));
  service.delay = std::min(service.delay * 2, kRestartDelayMax);
}

bool Suite::Stop() {
  bool clean = true;
  for (auto service = services_.rbegin(); service != services_.rend(); ++service) {
    clean = (*service)->process.Stop(options_.stop_limit) && clean;
  }
  services_.clear();
  return clean;
}

}  // namespace dateline::cli
