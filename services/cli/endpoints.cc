#include "services/cli/endpoints.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"

namespace dateline::cli {
namespace {

constexpr std::string_view kFileName = "endpoints.toml";

void Register(config::Schema& schema, Endpoints* endpoints) {
  const auto add = [&schema](Endpoint* endpoint) {
    schema.String(endpoint->name + ".address", &endpoint->address, "where it answers, host:port");
    schema.String(endpoint->name + ".ops", &endpoint->ops, "its operations port, host:port");
  };
  add(&endpoints->storage);
  add(&endpoints->ingestion);
  add(&endpoints->extraction);
  add(&endpoints->notification);
  add(&endpoints->gateway);
  add(&endpoints->eventbus);
  schema.String("eventbus.publish", &endpoints->bus_publish, "where publishers connect to the bus, host:port");
  rpc::AddOptions(schema, &endpoints->tls);
}

}  // namespace

Endpoints LocalEndpoints(uint16_t port_base) {
  const auto at = [port_base](int offset) { return fmt::format("127.0.0.1:{}", port_base + offset); };
  return Endpoints{
      .storage = {"storage", at(10), at(15)},
      .ingestion = {"ingestion", at(20), at(25)},
      .extraction = {"extraction", at(30), at(35)},
      .notification = {"notification", at(40), at(45)},
      .gateway = {"gateway", at(80), at(85)},
      .eventbus = {"eventbus", at(51), at(55)},
      .bus_publish = at(50),
  };
}

std::filesystem::path DefaultDataDir() {
  if (const char* data = std::getenv("DATELINE_DATA"); data != nullptr && *data != '\0') return data;
  if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg != nullptr && *xdg != '\0') {
    return std::filesystem::path(xdg) / "dateline";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr && *home != '\0' ? home : ".") / ".local/share/dateline";
}

absl::StatusOr<Endpoints> LoadEndpoints(const std::string& file, const std::filesystem::path& data_dir) {
  Endpoints endpoints = LocalEndpoints(kDefaultPortBase);
  std::filesystem::path path = file;
  if (file.empty()) {
    path = data_dir / kFileName;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return endpoints;
  }
  config::Schema schema;
  Register(schema, &endpoints);
  DATELINE_RETURN_IF_ERROR(schema.LoadFile(path.string()));
  DATELINE_RETURN_IF_ERROR(schema.CheckAll());
  return endpoints;
}

absl::Status SaveEndpoints(const Endpoints& endpoints, const std::filesystem::path& data_dir) {
  Endpoints copy = endpoints;
  config::Schema schema;
  Register(schema, &copy);
  const std::filesystem::path path = data_dir / kFileName;
  const std::filesystem::path draft = data_dir / "endpoints.toml.new";
  {
    std::ofstream out(draft, std::ios::trunc);
    out << "# Written by `dateline up`; read by the other commands.\n" << schema.ToToml();
    if (!out.flush()) {
      return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                   fmt::format("{}: cannot write; check the folder's permissions and the free space", draft.string()),
                   {{"path", draft.string()}});
    }
  }
  std::error_code failed;
  std::filesystem::rename(draft, path, failed);
  if (failed) {
    return Error(absl::StatusCode::kUnavailable, "CANNOT_WRITE", fmt::format("{}: {}", path.string(), failed.message()),
                 {{"path", path.string()}});
  }
  return absl::OkStatus();
}

}  // namespace dateline::cli
