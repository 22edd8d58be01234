// Prints the title of the next release and how many the archive holds: a subscription and a call, in ten lines each.

#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "dateline/client/subscribe.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;  // NOTIFICATION STORAGE CURSOR
  const absl::Status heard = dateline::client::Subscribe(
      {.address = argv[1], .cursor_file = argv[3], .from_earliest = true}, [](const auto& envelope, const auto& event) {
        std::printf("%s %s\n", envelope.type().c_str(), event.release().title().c_str());
        return false;
      });
  if (!heard.ok()) std::fprintf(stderr, "%s\n", heard.ToString().c_str());

  namespace storage = dateline::storage::v1;
  const auto stub = storage::AdminService::NewStub(grpc::CreateChannel(argv[2], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  storage::GetArchiveStatsResponse stats;
  const grpc::Status counted = stub->GetArchiveStats(&context, {}, &stats);
  std::printf("%lu releases\n", static_cast<unsigned long>(stats.release_count()));
  return heard.ok() && counted.ok() ? 0 : 1;
}
