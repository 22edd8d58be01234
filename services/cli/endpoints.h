#pragma once
// Where the services are. `dateline up` writes the addresses of its suite to endpoints.toml in the data folder, and
// every other command reads them there; for a suite elsewhere the same file is written by hand and named with
// --endpoints. Values, no threads.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/tls.h"

namespace dateline::cli {

// Within which a suite that is there has answered.
inline constexpr std::chrono::milliseconds kFirstContact{1'500};

inline constexpr uint16_t kDefaultPortBase = 7400;
// How many ports from the base on a suite takes.
inline constexpr uint16_t kPortSpan = 90;

// One service: where it answers calls and where its operations port is. An empty address: it has none.
struct Endpoint {
  std::string name;
  std::string address;
  std::string ops;
};

struct Endpoints {
  Endpoint storage;
  Endpoint ingestion;
  Endpoint extraction;
  Endpoint notification;
  // HTTP: the console and the JSON API; `address` is where browsers go.
  Endpoint gateway;
  // The event bus: `address` is where subscribers connect.
  Endpoint eventbus;
  // Where publishers connect to the bus.
  std::string bus_publish;
  // How this user shows who they are to services that ask for certificates; empty on one machine.
  rpc::TlsFiles tls{};

  std::vector<const Endpoint*> All() const {
    return {&eventbus, &storage, &extraction, &ingestion, &notification, &gateway};
  }
};

// The addresses of a suite on this machine whose ports begin at `port_base`.
Endpoints LocalEndpoints(uint16_t port_base);

// The folder where a suite on this machine keeps its data: $DATELINE_DATA, or $XDG_DATA_HOME/dateline, or
// ~/.local/share/dateline.
std::filesystem::path DefaultDataDir();

// Reads `file`; when it is empty, <data>/endpoints.toml if that exists, else the default local addresses. Errors name
// the file, the line and the remedy.
absl::StatusOr<Endpoints> LoadEndpoints(const std::string& file, const std::filesystem::path& data_dir);
// Writes <data>/endpoints.toml, by rename.
absl::Status SaveEndpoints(const Endpoints& endpoints, const std::filesystem::path& data_dir);

}  // namespace dateline::cli
