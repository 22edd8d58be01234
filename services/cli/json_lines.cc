#include "services/cli/json_lines.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <string_view>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "services/cli/exit_status.h"

namespace dateline::cli {

bool ReadLine(std::FILE* in, std::string* line) {
  line->clear();
  int c = 0;
  while ((c = std::getc(in)) != EOF && c != '\n') {
    if (line->size() < kLineBytesMax) line->push_back(static_cast<char>(c));
  }
  return c != EOF || !line->empty();
}

absl::StatusOr<google::protobuf::Struct> ParseLine(const std::string& line, std::size_t number) {
  google::protobuf::Struct object;
  if (google::protobuf::util::JsonStringToMessage(line, &object).ok()) return object;
  return Error(
      absl::StatusCode::kInvalidArgument, "INVALID_LINE",
      fmt::format("line {}: not a JSON object; expected {{\"id\": …, …}} of at most {} bytes", number, kLineBytesMax));
}

std::string Field(const google::protobuf::Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? std::string() : found->second.string_value();
}

std::string IdOf(const google::protobuf::Struct& object, std::size_t number) {
  std::string json = std::to_string(number);
  if (const auto found = object.fields().find("id"); found != object.fields().end()) {
    json.clear();
    if (!google::protobuf::util::MessageToJsonString(found->second, &json).ok()) json = "null";
  }
  return json;
}

std::string ErrorLine(const std::string& id, const absl::Status& status) {
  exporting::JsonWriter json(exporting::JsonWriter::Layout::kOneLine);
  json.BeginObject();
  json.Raw("id", id);
  json.BeginObject("error");
  json.String("reason", ErrorReason(status));
  json.String("message", ToStd(status.message()));
  json.EndObject();
  json.EndObject();
  return json.text();
}

int AnswerLines(const AnswerLine& answer, std::FILE* in, std::FILE* out) {
  std::string line;
  std::size_t number = 0;
  bool failed = false;
  while (ReadLine(in, &line)) {
    ++number;
    if (line.empty()) continue;
    const auto object = ParseLine(line, number);
    const std::string id = object.ok() ? IdOf(*object, number) : std::to_string(number);
    exporting::JsonWriter json(exporting::JsonWriter::Layout::kOneLine);
    absl::Status status = object.status();
    if (object.ok()) {
      json.BeginObject();
      json.Raw("id", id);
      status = answer(*object, json);
      json.EndObject();
    }
    failed = failed || !status.ok();
    fmt::print(out, "{}\n", status.ok() ? json.text() : ErrorLine(id, status));
  }
  std::fflush(out);
  return failed ? kSomeFailed : kOk;
}

}  // namespace dateline::cli
