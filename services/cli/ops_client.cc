#include "services/cli/ops_client.h"

#include <httplib.h>

namespace dateline::cli {

OpsAnswer GetOps(const std::string& address, const std::string& path, std::chrono::milliseconds timeout) {
  httplib::Client client("http://" + address);
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  const auto answer = client.Get(path);
  if (!answer) return {0, "no answer from " + address};
  std::string body = answer->body;
  while (!body.empty() && (body.back() == '\n' || body.back() == ' ')) body.pop_back();
  return {answer->status, std::move(body)};
}

}  // namespace dateline::cli
