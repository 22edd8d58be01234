// A service that does nothing but live: the program that service_process_test starts, configures and ends.

#include <memory>

#include "common/config/schema.h"
#include "common/metrics/readiness.h"
#include "common/rpc/service_process.h"

namespace {

struct Options {
  bool fail = false;
};

class Probe final : public dateline::rpc::ServiceApp {
 public:
  Probe(const Options& options, dateline::rpc::ServiceParts& parts) : options_(options), parts_(parts) {}

  absl::Status Start() override {
    if (options_.fail) return absl::InternalError("told to fail");
    parts_.readiness.Set("probe", true);
    return absl::OkStatus();
  }
  void Stop() override {}

 private:
  const Options options_;
  dateline::rpc::ServiceParts& parts_;
};

}  // namespace

int main(int argc, char** argv) {
  dateline::rpc::ServiceProcess process({.name = "probe",
                                         .description = "Lives until it is told to end.",
                                         .listen = "127.0.0.1:0",
                                         .ops_listen = "127.0.0.1:0"});
  Options options;
  process.schema().Bool("probe.fail", &options.fail, "whether starting fails");
  return process.Run(
      argc, argv,
      [&](dateline::rpc::ServiceParts& parts) -> absl::StatusOr<std::unique_ptr<dateline::rpc::ServiceApp>> {
        return std::make_unique<Probe>(options, parts);
      });
}
