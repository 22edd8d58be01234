#include "common/export/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "common/text/utf8.h"

namespace dateline::exporting {

void JsonWriter::String(std::string_view key, std::string_view value) {
  Member(key);
  Quoted(value);
}

void JsonWriter::StringIfAny(std::string_view key, std::string_view value) {
  if (!value.empty()) String(key, value);
}

void JsonWriter::Integer(std::string_view key, std::int64_t value) {
  Member(key);
  out_ += std::to_string(value);
}

void JsonWriter::Number(std::string_view key, double value) {
  Member(key);
  out_ += std::isfinite(value) ? fmt::format("{}", value) : "null";
}

void JsonWriter::Bool(std::string_view key, bool value) {
  Raw(key, value ? "true" : "false");
}

void JsonWriter::Raw(std::string_view key, std::string_view json) {
  Member(key);
  out_ += json;
}

void JsonWriter::NewLine() {
  if (layout_ == Layout::kOneLine) return;
  out_.push_back('\n');
  out_.append(2 * filled_.size(), ' ');
}

void JsonWriter::Begin(std::string_view key, char bracket) {
  if (!filled_.empty()) Member(key);
  out_.push_back(bracket);
  filled_.push_back(false);
}

void JsonWriter::End(char bracket) {
  const bool filled = filled_.back();
  filled_.pop_back();
  if (filled) NewLine();
  out_.push_back(bracket);
}

void JsonWriter::Member(std::string_view key) {
  if (filled_.empty()) return;  // the root
  if (filled_.back()) out_.push_back(',');
  filled_.back() = true;
  NewLine();
  if (key.empty()) return;
  Quoted(key);
  out_ += layout_ == Layout::kOneLine ? ":" : ": ";
}

void JsonWriter::Quoted(std::string_view value) {
  out_.push_back('"');
  for (std::size_t i = 0; i < value.size();) {
    const text::CodePoint c = text::CodePointAt(value, i);
    if (c.value == '"' || c.value == '\\') {
      out_.push_back('\\');
      out_.push_back(static_cast<char>(c.value));
    } else if (c.value == '\n') {
      out_ += "\\n";
    } else if (c.value == '\t') {
      out_ += "\\t";
    } else if (c.value < 0x20 ||
               (layout_ == Layout::kOneLine && (c.value == 0x85 || c.value == 0x2028 || c.value == 0x2029))) {
      out_ += fmt::format("\\u{:04x}", static_cast<unsigned>(c.value));
    } else {
      text::AppendUtf8(c.value, out_);
    }
    i += c.length;
  }
  out_.push_back('"');
}

}  // namespace dateline::exporting
