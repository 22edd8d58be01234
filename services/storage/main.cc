// dateline-storage: the archive of documents and releases, and the owner of the event log.

#include "common/rpc/service_process.h"
#include "services/storage/app.h"

int main(int argc, char** argv) {
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
