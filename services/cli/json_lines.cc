#include "services/cli/json_lines.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string_view>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/text/utf8.h"
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

namespace {

void SkipSpace(std::string_view* rest) {
  rest->remove_prefix(std::min(rest->find_first_not_of(" \t\r\n"), rest->size()));
}

bool Take(std::string_view* rest, char sign) {
  SkipSpace(rest);
  if (!rest->starts_with(sign)) return false;
  rest->remove_prefix(1);
  return true;
}

// A string without escapes.
bool TakePlainString(std::string_view* rest, std::string* value) {
  if (!Take(rest, '"')) return false;
  const std::size_t end = rest->find('"');
  if (end == std::string_view::npos) return false;
  *value = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  return std::none_of(value->begin(), value->end(),
                      [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20; });
}

// Reads an object whose members are plain strings or null, as nearly all lines are, in a fiftieth of the time that
// protobuf takes. False for every other line, right or wrong; then the object is worth nothing.
bool ReadPlainObject(std::string_view line, google::protobuf::Struct* object) {
  if (!text::IsValidUtf8(line) || !Take(&line, '{')) return false;
  std::string name;
  do {
    if (!TakePlainString(&line, &name) || !Take(&line, ':')) return false;
    google::protobuf::Value& value = (*object->mutable_fields())[name];
    if (value.kind_case() != google::protobuf::Value::KIND_NOT_SET) return false;
    SkipSpace(&line);
    if (line.starts_with("null")) {
      value.set_null_value(google::protobuf::NULL_VALUE);
      line.remove_prefix(4);
    } else if (!TakePlainString(&line, value.mutable_string_value())) {
      return false;
    }
  } while (Take(&line, ','));
  if (!Take(&line, '}')) return false;
  SkipSpace(&line);
  return line.empty();
}

}  // namespace

absl::StatusOr<google::protobuf::Struct> ParseLine(const std::string& line, std::size_t number) {
  google::protobuf::Struct object;
  if (ReadPlainObject(line, &object)) return object;
  object.Clear();
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
    if (found->second.kind_case() == google::protobuf::Value::kStringValue) {
      exporting::JsonWriter writer(exporting::JsonWriter::Layout::kOneLine);
      writer.String({}, found->second.string_value());
      return writer.text();
    }
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
