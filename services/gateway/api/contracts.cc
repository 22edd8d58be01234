#include "services/gateway/api/contracts.h"

#include <google/protobuf/descriptor.pb.h>

#include "common/base/check.h"
#include "common/base/embed.h"

// CONTRACTS is the descriptor set, given by the build.
EMBED_BYTES(dateline_contracts, CONTRACTS);

namespace dateline::gateway {

const google::protobuf::DescriptorPool& Contracts() {
  static const google::protobuf::DescriptorPool* const pool = [] {
    google::protobuf::FileDescriptorSet files;
    DATELINE_CHECK(
        files.ParseFromArray(dateline_contracts, static_cast<int>(dateline_contracts_end - dateline_contracts)),
        "the embedded contracts are damaged");
    auto* made = new google::protobuf::DescriptorPool();
    // protoc writes files behind those that they import.
    for (const auto& file : files.file()) DATELINE_CHECK(made->BuildFile(file) != nullptr, file.name());
    return made;
  }();
  return *pool;
}

}  // namespace dateline::gateway
