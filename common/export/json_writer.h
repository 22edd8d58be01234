#pragma once
// Writes JSON text member by member, in the order of the calls, indented by two spaces or on one line. It exists
// because protobuf's Struct gives its members in no fixed order. Not thread-safe; calls must nest properly. Strings may
// hold any bytes: what is no UTF-8 becomes U+FFFD.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::exporting {

class JsonWriter {
 public:
  // On one line nothing in a string looks like the end of a line to any program: U+0085, U+2028 and U+2029 are escaped.
  enum class Layout { kIndented, kOneLine };
  explicit JsonWriter(Layout layout = Layout::kIndented) : layout_(layout) {}

  // `key` is empty for the root and inside arrays.
  void BeginObject(std::string_view key = {}) { Begin(key, '{'); }
  void EndObject() { End('}'); }
  void BeginArray(std::string_view key) { Begin(key, '['); }
  void EndArray() { End(']'); }
  void String(std::string_view key, std::string_view value);
  // The same, but an empty value leaves the member out.
  void StringIfAny(std::string_view key, std::string_view value);
  void Integer(std::string_view key, std::int64_t value);
  // Shortest form that reads back the same. Infinities and NaN, which JSON lacks, become null.
  void Number(std::string_view key, double value);
  void Bool(std::string_view key, bool value);
  // A value that is JSON text already.
  void Raw(std::string_view key, std::string_view json);

  // The text so far; complete when everything was ended.
  const std::string& text() const { return out_; }

 private:
  void Begin(std::string_view key, char bracket);
  void End(char bracket);
  void Member(std::string_view key);
  void Quoted(std::string_view value);
  void NewLine();

  const Layout layout_;
  std::string out_;
  std::vector<bool> filled_;  // for each open object or array, whether it has members
};

}  // namespace dateline::exporting
