#pragma once
// What a template is filled with: texts, trusted HTML, lists and records. Text is always escaped when it is written;
// only a Html, which code makes on purpose, goes out as it is. A value type; not thread-safe while it is changed.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dateline::gateway {

// Markup that our own code made, all foreign text in it escaped already.
struct Html {
  std::string markup;
};

class Value {
 public:
  using List = std::vector<Value>;
  using Record = std::map<std::string, Value, std::less<>>;

  Value() = default;
  Value(std::string text) : data_(std::move(text)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string_view text) : data_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(std::string(text)) {}       // NOLINT(google-explicit-constructor)
  Value(Html html) : data_(std::move(html)) {}                // NOLINT(google-explicit-constructor)
  Value(bool truth) : data_(truth) {}                         // NOLINT(google-explicit-constructor)
  Value(int number) : data_(std::to_string(number)) {}        // NOLINT(google-explicit-constructor)
  Value(List list) : data_(std::move(list)) {}                // NOLINT(google-explicit-constructor)
  Value(Record record) : data_(std::move(record)) {}          // NOLINT(google-explicit-constructor)

  // The member of a record; makes it, and the record.
  Value& operator[](std::string_view key);
  // Adds to a list; makes it.
  Value& Append(Value value);

  // Null when this is no record or has no such member.
  const Value* Find(std::string_view key) const;
  const List* list() const { return std::get_if<List>(&data_); }
  const Record* record() const { return std::get_if<Record>(&data_); }
  // False for nothing, false, an empty text, an empty list.
  bool Truthy() const;
  // Writes a text escaped, a Html as it is; records and lists write nothing.
  void WriteTo(std::string& out) const;

 private:
  std::variant<std::monostate, bool, std::string, Html, List, Record> data_;
};

}  // namespace dateline::gateway
