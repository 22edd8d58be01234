#include "services/gateway/api/transcode.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "common/base/check.h"
#include "common/base/edit_distance.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/export/message_json.h"

namespace dateline::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Parameters of the query that are not the RPC's: how the answer is to be written.
bool IsOurOwn(std::string_view name) {
  return name == "pretty" || name == "key";
}

const FieldDescriptor* FindField(const Descriptor* type, std::string_view name) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->name() == name || field->json_name() == name) return field;
  }
  return nullptr;
}

absl::Status UnknownParameter(const Descriptor* type, std::string_view name) {
  std::string nearest;
  size_t best = name.size() / 3 + 2;
  for (int i = 0; i < type->field_count(); ++i) {
    for (const std::string& candidate : {type->field(i)->name(), type->field(i)->json_name()}) {
      const size_t distance = EditDistance(name, candidate);
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
  }
  return Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_PARAMETER",
               nearest.empty() ? fmt::format("there is no parameter \"{}\" here; /api lists those that are", name)
                               : fmt::format("there is no parameter \"{}\"; did you mean \"{}\"?", name, nearest),
               {{"parameter", std::string(name)}});
}

absl::Status InvalidParameter(std::string_view path, std::string_view value, std::string_view wanted) {
  return FieldError("INVALID_PARAMETER", path, fmt::format("{} = \"{}\": {}", path, value.substr(0, 80), wanted));
}

std::string Quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string_view KindOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return "one of the names of its enumeration is needed";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false is needed";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a value of the form that its type has in JSON is needed";
    case FieldDescriptor::CPPTYPE_STRING:
      return "text is needed";
    default:
      return "a number in its range is needed";
  }
}

bool IsWellKnown(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

// A leaf is set as JSON would set it, so that both ways in mean the same.
absl::Status SetLeaf(Message* message, const FieldDescriptor* field, std::string_view path, std::string_view value) {
  const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING || IsWellKnown(field) ||
                       field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsWellKnown(field)) {
    return InvalidParameter(path, value, "this is a record; name a field in it with a dot");
  }
  std::string json = is_text || value.empty() ? Quoted(value) : std::string(value);
  if (!is_text && value.find_first_of("{}[],\"") != std::string_view::npos)
    return InvalidParameter(path, value, KindOf(field));
  if (field->is_repeated()) json = "[" + json + "]";
  const std::unique_ptr<Message> parsed(message->New());
  const auto status =
      google::protobuf::util::JsonStringToMessage(fmt::format("{{\"{}\":{}}}", field->json_name(), json), parsed.get());
  if (!status.ok()) return InvalidParameter(path, value, KindOf(field));
  message->MergeFrom(*parsed);
  return absl::OkStatus();
}

// The mapping's own errors speak of positions and types; the first line is enough.
std::string FirstLine(std::string text) {
  if (const size_t end = text.find('\n'); end != std::string::npos) text.resize(end);
  return text.substr(0, 300);
}

absl::Status ReadBody(const ApiRoute& route, const Request& request, Message* message) {
  const std::string_view type = request.Header("content-type");
  if (!request.body.empty() && !type.empty() && !type.starts_with("application/json")) {
    return Error(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                 fmt::format("Content-Type {}: only application/json is read here", type.substr(0, 80)));
  }
  Message* target = message;
  if (route.body != "*") {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(route.body));
    target = message->GetReflection()->MutableMessage(message, field);
  }
  if (request.body.empty()) {
    if (route.body == "*") return absl::OkStatus();
    return FieldError("MISSING_BODY", route.body, fmt::format("the body has to hold the {} as JSON", route.body));
  }
  const auto status = google::protobuf::util::JsonStringToMessage(request.body, target);
  if (status.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_JSON",
               "the body is not what this call takes: " + FirstLine(status.message().ToString()));
}

void ApplyIfMatch(const Request& request, Message* message) {
  std::string_view etag = request.Header("if-match");
  if (etag.empty() || etag == "*") return;
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  for (const std::string_view path : {"etag", "source.etag", "subscription.etag"}) {
    if (SetField(message, path, etag).ok()) return;
  }
}

}  // namespace

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  DATELINE_CHECK(prototype != nullptr, type->full_name());
  return std::unique_ptr<Message>(prototype->New());
}

absl::Status SetField(Message* message, std::string_view path, std::string_view value) {
  std::string_view rest = path;
  for (;;) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* field = FindField(message->GetDescriptor(), rest.substr(0, dot));
    if (field == nullptr) return UnknownParameter(message->GetDescriptor(), path);
    if (dot == std::string_view::npos) return SetLeaf(message, field, path, value);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated() || IsWellKnown(field))
      return UnknownParameter(message->GetDescriptor(), path);
    message = message->GetReflection()->MutableMessage(message, field);
    rest.remove_prefix(dot + 1);
  }
}

absl::StatusOr<std::unique_ptr<Message>> ReadRequest(const ApiRoute& route, const Pairs& variables,
                                                     const Request& request) {
  std::unique_ptr<Message> message = NewMessage(FindMethod(std::string(route.rpc))->input_type());
  if (!route.body.empty()) DATELINE_RETURN_IF_ERROR(ReadBody(route, request, message.get()));
  for (const auto& [name, value] : request.query) {
    // Many clients write "names[]" for the items of a list.
    const std::string_view field = name.ends_with("[]") ? std::string_view(name).substr(0, name.size() - 2) : name;
    if (!IsOurOwn(field)) DATELINE_RETURN_IF_ERROR(SetField(message.get(), field, value));
  }
  ApplyIfMatch(request, message.get());
  // The path comes last: what it names is what is acted on, whatever else is said.
  for (const auto& [name, value] : variables) DATELINE_RETURN_IF_ERROR(SetField(message.get(), name, value));
  return message;
}

const Message& AnswerOf(const ApiRoute& route, const Message& response) {
  if (route.answer.empty()) return response;
  const FieldDescriptor* field = response.GetDescriptor()->FindFieldByName(std::string(route.answer));
  DATELINE_CHECK(field != nullptr, route.path);
  return response.GetReflection()->GetMessage(response, field);
}

absl::StatusOr<std::string> WriteAnswer(const ApiRoute& route, const Message& response, bool pretty) {
  const Message& answer = AnswerOf(route, response);
  if (!pretty) {
    DATELINE_ASSIGN_OR_RETURN(std::string json, exporting::MessageJson(answer));
    return json + "\n";
  }
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(answer, &json, options);
  if (status.ok()) return json;
  return Error(absl::StatusCode::kInternal, "JSON_FAILED", status.message().ToString());
}

}  // namespace dateline::gateway
