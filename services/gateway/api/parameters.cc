#include "services/gateway/api/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/gateway/api/contracts.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool IsLeaf(const FieldDescriptor* field) {
  return field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP ||
         field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_DURATION ||
         field->message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_FIELDMASK;
}

}  // namespace

std::vector<ApiParameter> ParametersOf(const ApiRoute& route) {
  std::vector<ApiParameter> parameters;
  const PathTemplate path(route.path);
  std::vector<std::string> bound;
  for (const auto& [name, variable] : path.OpenApiVariables()) {
    parameters.push_back({name, true, nullptr, fmt::format("The last part of the {}'s name.", name)});
    bound.push_back(variable.substr(0, variable.find('.')));
  }
  if (route.body == "*") return parameters;
  const Descriptor* request = Contracts().FindMethodByName(std::string(route.rpc))->input_type();
  for (int i = 0; i < request->field_count(); ++i) {
    const FieldDescriptor* field = request->field(i);
    const bool given =
        field->name() == route.body || std::find(bound.begin(), bound.end(), field->name()) != bound.end();
    if (!given && IsLeaf(field)) parameters.push_back({field->json_name(), false, field, CommentOf(field)});
  }
  return parameters;
}

}  // namespace dateline::gateway
