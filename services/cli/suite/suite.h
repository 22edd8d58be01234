#pragma once
// The suite on one machine: all services as supervised child processes over one data folder, on loopback. A service
// that ends is started again with growing delay; one that cannot even start ends the suite with its own words. One
// suite runs on a data folder at a time. Not thread-safe: everything happens on the thread that calls Run().

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/process_signals.h"
#include "services/cli/endpoints.h"
#include "services/cli/suite/service_process.h"
#include "services/cli/suite/start_wait.h"

namespace dateline::cli {

class Suite {
 public:
  struct Options {
    std::filesystem::path data_dir;
    std::filesystem::path program_dir;
    uint16_t port_base = kDefaultPortBase;
    std::string log_level = "info";
    std::vector<std::string> allow_private_addresses;  // Passed to ingestion: hosts or networks that it may fetch from.
    StartWait::Options start;
    std::chrono::milliseconds stop_limit{15'000};  // For each service.
  };

  explicit Suite(Options options);
  ~Suite();
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;

  // Takes the data folder, checks the ports, starts all services and waits until they are ready. Reasons of errors:
  // DATA_FOLDER_IN_USE, CANNOT_WRITE, PORT_IN_USE, SERVICE_FAILED (with the service's own last words), START_TIMEOUT.
  absl::Status Start(ProcessSignals& signals);
  // Watches over the services until a signal comes.
  void Run(ProcessSignals& signals);
  // Ends the services, consumers before producers. True when all ended by themselves.
  bool Stop();

  const Endpoints& endpoints() const { return endpoints_; }
  std::filesystem::path secrets_key() const { return options_.data_dir / "secrets.key"; }
  std::filesystem::path log_dir() const { return options_.data_dir / "logs"; }

 private:
  struct Supervised;

  absl::Status TakeDataFolder();
  absl::Status CheckPorts() const;
  absl::Status WaitUntilReady(ProcessSignals& signals);
  absl::Status StartFailed(const Supervised& service, int status) const;
  std::vector<ServiceProcess::Spec> Specs() const;
  void Restart(Supervised& service, int status);

  const Options options_;
  const Endpoints endpoints_;
  int lock_ = -1;
  std::vector<std::unique_ptr<Supervised>> services_;
};

}  // namespace dateline::cli
