// Any bytes as a configuration file: they are applied or refused with a reason and a place, and what was applied is
// printed as TOML that reads back to the same configuration.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/config/schema.h"

namespace {

using dateline::config::Schema;

struct Options {
  std::string name = "demo";
  int threads = 4;
  uint16_t port = 80;
  bool reflect = false;
  double ratio = 0.5;
  std::chrono::milliseconds timeout{3000};
  size_t body_bytes_max = 65536;
  std::vector<std::string> allow;
};

void Register(Schema& schema, Options& options) {
  schema.String("name", &options.name, "");
  schema.Int("server.threads", &options.threads, 1, 64, "");
  schema.Int("server.port", &options.port, 0, 65535, "");
  schema.Bool("server.reflect", &options.reflect, "");
  schema.Duration("server.timeout", &options.timeout, std::chrono::milliseconds(0), std::chrono::hours(24), "");
  schema.Bytes("server.body_bytes_max", &options.body_bytes_max, 1, 1 << 30, "");
  schema.Double("fetch.ratio", &options.ratio, -1e300, 1e300, "");
  schema.StringList("fetch.allow", &options.allow, "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Options options;
  Schema schema;
  Register(schema, options);
  const absl::Status status = schema.LoadText({reinterpret_cast<const char*>(data), size}, "f");
  if (!status.ok()) {
    DATELINE_CHECK(!dateline::ErrorReason(status).empty(), "an error without a reason");
    DATELINE_CHECK(dateline::ToStd(status.message()).substr(0, 2) == "f:", "an error without its place");
    return 0;
  }
  const std::string printed = schema.ToToml();
  Options again;
  Schema second;
  Register(second, again);
  DATELINE_CHECK(second.LoadText(printed, "printed").ok(), printed);
  DATELINE_CHECK(second.ToToml() == printed, printed);
  return 0;
}
