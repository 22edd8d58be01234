#pragma once
// The JSON API as a table: which method and path is which RPC. The handler, the OpenAPI document and the readable page
// are all made from it and from the descriptors, so that they cannot disagree.

#include <span>
#include <string_view>

#include "common/access/scope.h"
#include "services/gateway/backend/backend.h"

namespace dateline::gateway {

using access::Scope;

struct ApiRoute {
  std::string_view method;  // "GET"
  std::string_view path;    // With the variables of AIP-127: "/v1/{name=releases/*}:withdraw".
  std::string_view rpc;     // "dateline.storage.v1.ReleaseService.WithdrawRelease"
  // Which part of the request the body is: "*" all that the path does not give, a field, or empty for no body.
  std::string_view body;
  // The field of the response that is the answer; empty: the whole response.
  std::string_view answer;
  Scope scope;
  Target target = Target::kOwner;
};

std::span<const ApiRoute> ApiRoutes();

// RPCs between the services, which are no part of the API.
std::span<const std::string_view> InternalRpcs();

}  // namespace dateline::gateway
