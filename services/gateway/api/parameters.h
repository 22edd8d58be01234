#pragma once
// Which parameters a route takes in its path and query: the fields of its request that the body does not bring. Pure.

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "services/gateway/api/routes.h"

namespace dateline::gateway {

struct ApiParameter {
  std::string name;
  bool in_path = false;
  const google::protobuf::FieldDescriptor* field = nullptr;  // Of Contracts(); null for one of the path.
  std::string description;
};

std::vector<ApiParameter> ParametersOf(const ApiRoute& route);

}  // namespace dateline::gateway
