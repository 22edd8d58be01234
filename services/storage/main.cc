// dateline-storage: the archive of documents and releases, and the owner of the event log.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "common/rpc/service_process.h"
#include "services/storage/app.h"

namespace {

constexpr std::string_view kRestoreUsage = "usage: dateline-storage restore BACKUP DATA_DIR [--replace]\n";

int Restore(const std::vector<std::string_view>& words) {
  const bool replace = words.size() == 3 && words[2] == "--replace";
  if (words.size() != 2 && !replace) {
    std::fputs(kRestoreUsage.data(), stderr);
    return 2;
  }
  const absl::Status restored =
      dateline::storage::RestoreDataDir(std::string(words[0]), std::string(words[1]), replace);
  if (!restored.ok()) {
    std::fprintf(stderr, "dateline-storage: %s\n", std::string(restored.message()).c_str());
    return 1;
  }
  std::fputs("The archive is restored. Its event log has a new epoch: consumers begin anew.\n", stderr);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "restore") return Restore({argv + 2, argv + argc});
  dateline::rpc::ServiceProcess process(
      {.name = "storage",
       .description = "The archive: documents, releases with their revisions, search, and the log of events.",
       .listen = "127.0.0.1:7410",
       .ops_listen = "127.0.0.1:7415"});
  process.server_options().message_bytes_max = dateline::storage::kMessageBytesMax;
  dateline::storage::Options options;
  dateline::storage::AddOptions(process.schema(), &options);
  return process.Run(argc, argv, [&options](dateline::rpc::ServiceParts& parts) {
    return dateline::storage::MakeApp(options, parts);
  });
}
