#pragma once
// The values of one statement, for $1, $2, …: bound in binary form, never written into the text of the statement. Texts
// and bytes are not copied, they have to live until the statement is sent, which the temporaries of one expression do.
// Used by one thread.

#include <array>
#include <concepts>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::sql::postgres {

// Marks bytes that are bound as BYTEA; plain strings are bound as TEXT and have to be UTF-8 without NUL.
struct Bytes {
  std::string_view bytes;
};

class Parameters {
 public:
  Parameters() = default;
  Parameters(Parameters&&) = default;
  Parameters& operator=(Parameters&&) = default;
  // Values for $1, $2, … in this order.
  template <typename... Values>
  static Parameters Of(const Values&... values) {
    Parameters parameters;
    (parameters.Add(values), ...);
    return parameters;
  }

  template <typename T>
  requires(std::integral<T> && !std::same_as<T, bool>) Parameters& Add(T value) {
    return AddInt64(static_cast<int64_t>(value));
  }
  Parameters& Add(bool value);
  Parameters& Add(double value);
  Parameters& Add(std::string_view text);
  Parameters& Add(const std::string& text) { return Add(std::string_view(text)); }
  Parameters& Add(const char* text) { return Add(std::string_view(text)); }
  Parameters& Add(Bytes bytes);
  Parameters& Add(std::nullptr_t);  // NULL; the statement has to make its type plain.
  template <typename T>
  Parameters& Add(const std::optional<T>& value) {
    return value.has_value() ? Add(*value) : Add(nullptr);
  }
  // One-dimensional arrays: BIGINT[], TEXT[], BYTEA[].
  Parameters& Add(const std::vector<int64_t>& values);
  Parameters& Add(const std::vector<std::string>& texts);
  Parameters& Add(const std::vector<std::string_view>& texts);
  Parameters& Add(const std::vector<Bytes>& values);

  // For the connection.
  int count() const { return static_cast<int>(entries_.size()); }
  struct Wire {
    std::vector<uint32_t> types{};
    std::vector<const char*> values{};
    std::vector<int> lengths{};
    std::vector<int> formats{};
  };
  Wire ToWire() const;

 private:
  struct Entry {
    uint32_t type = 0;
    bool null = false;
    bool small = false;  // The value is in `number`.
    int size = 0;
    std::array<char, 8> number{};
    std::string_view view{};
  };
  Parameters& AddInt64(int64_t value);
  Parameters& AddView(uint32_t type, std::string_view view);
  Parameters& AddArray(uint32_t array_type, uint32_t type, const std::vector<std::string_view>& values);

  std::vector<Entry> entries_;
  std::deque<std::string> owned_;  // Encoded arrays.
};

}  // namespace dateline::sql::postgres
