// dateline-notification: tells those who listen what happens to releases.

#include "services/notification/app.h"

int main(int argc, char** argv) {
  dateline::rpc::ServiceProcess process({.name = "notification",
                                         .description = "Events of releases: streams with filters and resume tokens.",
                                         .listen = "127.0.0.1:7440",
                                         .ops_listen = "127.0.0.1:7445"});
  dateline::notification::Options options;
  dateline::notification::SetServerDefaults(&process.server_options());
  dateline::notification::AddOptions(process.schema(), &options);
  return process.Run(
      argc, argv, [&](dateline::rpc::ServiceParts& parts) { return dateline::notification::MakeApp(options, parts); });
}
