// dateline-gateway: the archive in a browser, over HTTP.

#include "services/gateway/app.h"

int main(int argc, char** argv) {
  dateline::rpc::ServiceProcess process({.name = "gateway",
                                         .description = "HTTP: the console, a JSON API, feeds, events.",
                                         .ops_listen = "127.0.0.1:7485"});
  dateline::gateway::Options options;
  dateline::gateway::AddOptions(process.schema(), &options);
  return process.Run(argc, argv,
                     [&](dateline::rpc::ServiceParts& parts) { return dateline::gateway::MakeApp(options, parts); });
}
