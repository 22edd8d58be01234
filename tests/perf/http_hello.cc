// The HTTP library alone: answers every request with the same words. What gateway_load.mjs compares the gateway with.
// usage: http_hello PORT [BYTES]
#include <httplib.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string body(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 12, 'x');
  httplib::Server server;
  server.Get(
      "/", [&body](const httplib::Request&, httplib::Response& response) { response.set_content(body, "text/plain"); });
  server.set_keep_alive_max_count(1'000'000);
  server.set_tcp_nodelay(true);
  // As many as wrk opens connections, each of which holds a thread.
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
