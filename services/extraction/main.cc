// dateline-extraction: turns stored documents into releases. See README.md.

#include "common/rpc/service_process.h"
#include "common/text/limits.h"
#include "services/extraction/app.h"
#include "services/extraction/isolated_extraction.h"

int main(int argc, char** argv) {
  if (const std::optional<int> status = dateline::extraction::RunIsolatedChild(argc, argv)) return *status;
  dateline::rpc::ServiceProcess process(
      {.name = "extraction",
       .description = "Turns documents into releases: a worker on storage's log, and an RPC.",
       .listen = "127.0.0.1:7430",
       .ops_listen = "127.0.0.1:7435"});
  process.server_options().message_bytes_max = dateline::text::kMaxDocumentMessageBytes;
  dateline::extraction::Options options;
  dateline::extraction::AddOptions(process.schema(), &options);
  return process.Run(argc, argv,
                     [&](dateline::rpc::ServiceParts& parts) { return dateline::extraction::MakeApp(options, parts); });
}
