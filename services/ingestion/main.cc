// dateline-ingestion: watches sources, and takes documents in, pushed or fetched. See README.md.

#include "common/rpc/service_process.h"
#include "common/text/limits.h"
#include "services/ingestion/app.h"

int main(int argc, char** argv) {
  dateline::rpc::ServiceProcess process(
      {.name = "ingestion",
       .description = "Watches newsrooms and takes their releases in; takes pushed documents and single pages too.",
       .listen = "127.0.0.1:7420",
       .ops_listen = "127.0.0.1:7425"});
  process.server_options().message_bytes_max = dateline::text::kMaxDocumentMessageBytes;
  dateline::ingestion::Options options;
  dateline::ingestion::AddOptions(process.schema(), &options);
  return process.Run(argc, argv,
                     [&](dateline::rpc::ServiceParts& parts) { return dateline::ingestion::MakeApp(options, parts); });
}
