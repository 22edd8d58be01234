#include "common/export/message_json.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/strutil.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/text/utf8.h"

namespace dateline::exporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Characters past ASCII that are escaped because programs have taken them for line ends, or shown text in another
// order.
bool IsEscaped(char32_t c) {
  return (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x600 && c <= 0x603) || c == 0x6DD || c == 0x70F ||
         c == 0x17B4 || c == 0x17B5 || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2064) || (c >= 0x206A && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0x1D173 && c <= 0x1D17A) || c == 0xE0001 || (c >= 0xE0020 && c <= 0xE007F);
}

// For each byte: written as it stands, or looked at.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = true;
  for (const char c : {'"', '\\', '<', '>'}) plain[static_cast<std::size_t>(c)] = false;
  // Lead bytes behind which no escaped character can begin, and all bytes that go on.
  for (std::size_t byte = 0x80; byte <= 0xFF; ++byte) plain[byte] = true;
  for (const std::size_t byte : {0xC2, 0xD8, 0xDB, 0xDC, 0xE1, 0xE2, 0xEF, 0xF0, 0xF3}) plain[byte] = false;
  return plain;
}();

void WriteAscii(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
}

// Past the first plane as two surrogates.
void WriteEscaped(char32_t c, std::string& out) {
  const auto put = [&](char32_t unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(unit));
  };
  if (c < 0x10000) return put(c);
  put(0xD800 + ((c - 0x10000) >> 10));
  put(0xDC00 + ((c - 0x10000) & 0x3FF));
}

void WriteString(std::string_view s, std::string& out) {
  out.push_back('"');
  for (std::size_t i = 0; i < s.size();) {
    std::size_t end = i;
    while (end < s.size() && kPlain[static_cast<unsigned char>(s[end])]) ++end;
    out.append(s.substr(i, end - i));
    if (end == s.size()) break;
    const text::CodePoint c = text::CodePointAt(s, end);
    if (c.value < 0x80)
      WriteAscii(s[end], out);
    else if (IsEscaped(c.value))
      WriteEscaped(c.value, out);
    else
      out.append(s.substr(end, c.length));
    i = end + c.length;
  }
  out.push_back('"');
}

// Writes one message; false when it holds what is not written here.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(*out) {}

  bool Write(const Message& message) {
    const google::protobuf::Descriptor* type = message.GetDescriptor();
    if (type == google::protobuf::Timestamp::descriptor())
      return Time(static_cast<const google::protobuf::Timestamp&>(message));
    if (type->well_known_type() != google::protobuf::Descriptor::WELLKNOWNTYPE_UNSPECIFIED) return false;
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    out_.push_back('{');
    bool first = true;
    for (const FieldDescriptor* field : fields) {
      if (!first) out_.push_back(',');
      first = false;
      out_.push_back('"');
      out_.append(field->json_name());
      out_.append("\":");
      if (!Field(message, reflection, field)) return false;
    }
    out_.push_back('}');
    return true;
  }

 private:
  bool Time(const google::protobuf::Timestamp& time) {
    using google::protobuf::util::TimeUtil;
    if (time.seconds() < TimeUtil::kTimestampMinSeconds || time.seconds() > TimeUtil::kTimestampMaxSeconds ||
        time.nanos() < 0 || time.nanos() > 999'999'999)
      return false;
    out_.push_back('"');
    out_.append(TimeUtil::ToString(time));
    out_.push_back('"');
    return true;
  }

  bool Field(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    if (field->is_map()) return false;
    if (!field->is_repeated()) return Value(message, reflection, field, -1);
    out_.push_back('[');
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (i > 0) out_.push_back(',');
      if (!Value(message, reflection, field, i)) return false;
    }
    out_.push_back(']');
    return true;
  }

  // The value of a field, or the one at `i` of a repeated one (-1 for none).
  bool Value(const Message& m, const Reflection& r, const FieldDescriptor* f, int i) {
    const bool one = i < 0;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        if (f->type() == FieldDescriptor::TYPE_BYTES) return false;
        std::string scratch;
        const std::string& s =
            one ? r.GetStringReference(m, f, &scratch) : r.GetRepeatedStringReference(m, f, i, &scratch);
        if (!text::IsValidUtf8(s)) return false;
        WriteString(s, out_);
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Write(one ? r.GetMessage(m, f) : r.GetRepeatedMessage(m, f, i));
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(f, one ? r.GetEnumValue(m, f) : r.GetRepeatedEnumValue(m, f, i));
      case FieldDescriptor::CPPTYPE_BOOL:
        out_.append((one ? r.GetBool(m, f) : r.GetRepeatedBool(m, f, i)) ? "true" : "false");
        return true;
      case FieldDescriptor::CPPTYPE_INT32:
        return Append("{}", one ? r.GetInt32(m, f) : r.GetRepeatedInt32(m, f, i));
      case FieldDescriptor::CPPTYPE_UINT32:
        return Append("{}", one ? r.GetUInt32(m, f) : r.GetRepeatedUInt32(m, f, i));
      // JSON's numbers do not carry 64 bits.
      case FieldDescriptor::CPPTYPE_INT64:
        return Append("\"{}\"", one ? r.GetInt64(m, f) : r.GetRepeatedInt64(m, f, i));
      case FieldDescriptor::CPPTYPE_UINT64:
        return Append("\"{}\"", one ? r.GetUInt64(m, f) : r.GetRepeatedUInt64(m, f, i));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Double(one ? r.GetDouble(m, f) : r.GetRepeatedDouble(m, f, i));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return false;
    }
    return false;
  }

  bool Enum(const FieldDescriptor* field, int number) {
    const google::protobuf::EnumValueDescriptor* value = field->enum_type()->FindValueByNumber(number);
    return value == nullptr ? Append("{}", number) : Append("\"{}\"", value->name());
  }

  bool Double(double value) {
    if (!std::isfinite(value)) return false;
    out_.append(google::protobuf::SimpleDtoa(value));
    return true;
  }

  template <typename T>
  bool Append(fmt::format_string<const T&> format, const T& value) {
    fmt::format_to(std::back_inserter(out_), format, value);
    return true;
  }

  std::string& out_;
};

}  // namespace

absl::StatusOr<std::string> MessageJson(const google::protobuf::Message& message) {
  std::string json;
  if (Writer(&json).Write(message)) return json;
  json.clear();
  const auto written = google::protobuf::util::MessageToJsonString(message, &json);
  if (written.ok()) return json;
  return Error(absl::StatusCode::kInternal, "JSON_FAILED",
               fmt::format("{} cannot be written as JSON: {}", message.GetDescriptor()->full_name(),
                           written.message().ToString()));
}

}  // namespace dateline::exporting
