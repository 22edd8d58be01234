#pragma once
// What the tests of this module share: a service whose methods each test replaces, on a server at a free port, with a
// client. Used by one thread, except where a test says so.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/metrics/registry.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/testing/echo_service.grpc.pb.h"
#include "common/rpc/unary.h"

namespace dateline::rpc::testing {

using EchoStream = StreamHandle<EchoResponse>;

// Set the functions before the first call.
class FakeEchoService final : public EchoService::CallbackService {
 public:
  explicit FakeEchoService(ServerKit& kit) : kit_(kit) {}

  std::function<absl::StatusOr<EchoResponse>(const CallContext&, const EchoRequest&)> echo;
  // When set, Echo is served by this instead.
  std::function<void(const CallContext&, const EchoRequest&, EchoResponse*, Done)> echo_async;
  std::function<absl::StatusOr<std::unique_ptr<StreamProducer>>(const CallContext&, const EchoRequest&, EchoStream)>
      watch;

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    if (echo_async) return UnaryAsync(kit_, context, request, response, "EchoService.Echo", echo_async);
    return Unary(kit_, context, request, response, "EchoService.Echo", echo);
  }
  grpc::ServerWriteReactor<EchoResponse>* Watch(grpc::CallbackServerContext* context,
                                                const EchoRequest* request) override {
    return StartStream<EchoResponse>(kit_, context, request, "EchoService.Watch", watch);
  }

 private:
  ServerKit& kit_;
};

// A server that runs, and a client of it.
class EchoServer {
 public:
  explicit EchoServer(Server::Options options = {})
      : registry_("test"), server_(std::move(options), registry_), service_(server_.kit()) {
    service_.echo = [](const CallContext&, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
      EchoResponse response;
      response.set_text(request.text());
      return response;
    };
    server_.AddService(&service_);
  }

  void Start() {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
    stub_ = EchoService::NewStub(MakeChannel(server_.target()));
  }

  absl::StatusOr<EchoResponse> Echo(const std::string& text, const CallOptions& options = {}) {
    EchoRequest request;
    request.set_text(text);
    EchoResponse response;
    absl::Status status = Call(*stub_, &EchoService::StubInterface::Echo, request, &response, options);
    if (!status.ok()) return status;
    return response;
  }
  std::shared_ptr<AsyncCall> EchoAsync(const std::string& text, std::function<void(absl::StatusOr<EchoResponse>)> done,
                                       const CallOptions& options = {}) {
    EchoRequest request;
    request.set_text(text);
    return CallAsync<EchoResponse, EchoRequest>(*stub_->async(), &EchoService::StubInterface::async_interface::Echo,
                                                request, options, std::move(done));
  }

  metrics::Registry& registry() { return registry_; }
  Server& server() { return server_; }
  FakeEchoService& service() { return service_; }
  EchoService::Stub& stub() { return *stub_; }

 private:
  // The service goes after the server, which stops in its destructor; both use the registry.
  metrics::Registry registry_;
  Server server_;
  FakeEchoService service_;
  std::unique_ptr<EchoService::Stub> stub_;
};

}  // namespace dateline::rpc::testing
