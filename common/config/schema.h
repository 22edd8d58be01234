#pragma once
// The configuration keys of one program, each bound to a field of its options. A key has a dotted name, which is its
// place in the TOML file and its flag (`[server] listen` and `--server.listen`), a type, a range and a help text; the
// field's value at registration is the default. A Schema holds pointers to the fields, so the options must outlive it.
// Not thread-safe: it is filled, read and thrown away in main before any thread starts. Registering a malformed or
// repeated key, or a default outside its range, is a mistake in the program and ends it; bad input gives
// INVALID_ARGUMENT.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace dateline::config {

// An integral type that a numeric key may be bound to.
template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

class Schema {
 public:
  Schema();
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // Text of at most kTextBytesMax bytes.
  void String(std::string key, std::string* value, std::string help);
  // As String, but the value is shown as "***" wherever the configuration is printed.
  void Secret(std::string key, std::string* value, std::string help);
  // The path of a file whose contents become *value when everything is checked (CheckAll), so that a secret stands in
  // no configuration. The value may have a key of its own beside it; setting both is refused.
  void SecretFile(std::string key, std::string* value, std::string help);
  // Text that is one of `allowed`.
  void Choice(std::string key, std::string* value, std::vector<std::string> allowed, std::string help);
  void Bool(std::string key, bool* value, std::string help);
  // A list of texts: a TOML array, or the flag given several times (which replaces the file's list). `--key=` empties
  // it.
  void StringList(std::string key, std::vector<std::string>* value, std::string help);
  void Double(std::string key, double* value, double min, double max, std::string help);
  // Text such as "500ms", "3s", "5m", "1h" or "7d"; "1h30m" too. A bare number is refused, because it has no unit.
  void Duration(std::string key, std::chrono::milliseconds* value, std::chrono::milliseconds min,
                std::chrono::milliseconds max, std::string help);
  // A whole number in [min, max].
  template <Integer T>
  void Int(std::string key, T* value, int64_t min, int64_t max, std::string help) {
    AddInteger(std::move(key), Bind(value), min, max, std::move(help), sizeof(T), std::is_signed_v<T>);
  }
  // A size in bytes, in [min, max]: "64KiB", "16MiB", "2GiB", "512B" or a bare number of bytes.
  template <Integer T>
  void Bytes(std::string key, T* value, int64_t min, int64_t max, std::string help) {
    AddBytes(std::move(key), Bind(value), min, max, std::move(help), sizeof(T), std::is_signed_v<T>);
  }
  // A check over several keys, run after file and flags were applied. Its message names the keys and the remedy.
  void Validate(std::function<absl::Status()> check);

  // Applies TOML text. `name` is the file's name for messages, which have the form "name:line:column: key: what is
  // wrong". Keys are applied in the order of the file until the first that is wrong, whose error is returned (reason
  // CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_WRONG_TYPE or CONFIG_OUT_OF_RANGE).
  absl::Status LoadText(std::string_view text, std::string_view name);
  // The same for a file of at most kFileBytesMax bytes; reason CONFIG_UNREADABLE when it cannot be read.
  absl::Status LoadFile(const std::string& path);
  // Applies one value as written on a command line. A list key takes one element; the first element after construction
  // or after LoadText replaces what the list held, the further ones are appended.
  absl::Status SetFromFlag(std::string_view key, std::string_view text);
  // Runs the checks given to Validate, in order.
  absl::Status CheckAll() const;

  bool Has(std::string_view key) const;
  bool IsBool(std::string_view key) const;
  // The known key with the smallest edit distance to `key`; empty when none is near (more than a third differs).
  std::string Nearest(std::string_view key) const;
  // The current values as TOML that LoadText reads back (except secrets, which are masked when set).
  std::string ToToml() const;
  // All keys grouped by table, each with type, range, default and help.
  std::string Help() const;

  // What a key does; internal to this module.
  struct Key;

 private:
  struct IntegerField {
    std::function<int64_t()> get;
    std::function<void(int64_t)> set;
  };
  template <Integer T>
  static IntegerField Bind(T* value) {
    return {[value] { return static_cast<int64_t>(*value); }, [value](int64_t v) { *value = static_cast<T>(v); }};
  }
  void AddInteger(std::string key, IntegerField field, int64_t min, int64_t max, std::string help, size_t width,
                  bool is_signed);
  void AddBytes(std::string key, IntegerField field, int64_t min, int64_t max, std::string help, size_t width,
                bool is_signed);
  void Add(std::unique_ptr<Key> key);
  absl::Status UnknownKey(std::string_view key, std::string_view where) const;
  std::vector<std::pair<std::string, std::vector<const Key*>>> ByTable() const;

  std::map<std::string, std::unique_ptr<Key>, std::less<>> keys_;
  std::vector<std::string> order_;
  std::vector<std::function<absl::Status()>> checks_;
};

inline constexpr size_t kTextBytesMax = 64 * 1024;
inline constexpr size_t kFileBytesMax = 1024 * 1024;
inline constexpr size_t kListItemsMax = 1024;

}  // namespace dateline::config
