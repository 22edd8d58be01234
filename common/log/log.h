#pragma once
// Structured logs: one line on stderr for each call, as text for people or JSON for machines. An event has a name
// (snake_case, stable, greppable) and fields; never a sentence with values in it, a payload or a secret. The
// destination is one for the whole process, which is why this is the only global state of the project. All functions
// are thread-safe and never throw; a line that cannot be written is lost. Before Init they write text at level info.
// Lines are always valid UTF-8 without control characters, whatever the values hold.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dateline::config {
class Schema;
}

namespace dateline::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Options {
  std::string service = {};     // Goes into every line: "storage".
  std::string format = "text";  // "text" or "json".
  std::string level = "info";   // "debug", "info", "warn" or "error": the least that is written.
};

// Registers log.format and log.level. `options` outlives the schema.
void AddOptions(config::Schema& schema, Options* options);

// Sets format, level and service for the process; may be called again. Unknown words count as the defaults.
void Init(const Options& options);

// The value of a field. Text is referred to, not copied: a Value lives only inside the call. Statuses are written as
// "CODE: message". A text longer than kValueBytesMax is cut and says by how much.
class Value {
 public:
  // Implicit by design, so that a call reads {{"name", value}, …}.
  Value(std::string_view text) : data_(text) {}                      // NOLINT(google-explicit-constructor)
  Value(const std::string& text) : data_(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  Value(absl::string_view text)                                      // NOLINT(google-explicit-constructor)
      : data_(std::string_view(text.data(), text.size())) {}
  Value(const absl::Status& status);       // NOLINT(google-explicit-constructor)
  Value(double number) : data_(number) {}  // NOLINT(google-explicit-constructor)
  Value(bool truth) : data_(truth) {}      // NOLINT(google-explicit-constructor)
  template <std::signed_integral T>
  Value(T number) : data_(static_cast<int64_t>(number)) {}  // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Value(T number)
      : data_(static_cast<uint64_t>(number)) {}  // NOLINT(google-explicit-constructor)

  using Data = std::variant<std::string_view, std::string, int64_t, uint64_t, double, bool>;
  const Data& data() const { return data_; }

 private:
  Data data_;
};

// The keys time, level, service and event are taken; a field of that name is written as "field_time" and so on.
struct Field {
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warn(std::string_view event, Fields fields = {});
void Error(std::string_view event, Fields fields = {});
// The level as a parameter, and fields made at run time.
void Write(Level level, std::string_view event, Fields fields = {});
void Write(Level level, std::string_view event, const std::vector<Field>& fields);
// Whether a line at this level would be written; to avoid costly fields.
bool Enabled(Level level);
// Flushes; call before _exit.
void Flush();

inline constexpr size_t kValueBytesMax = 4096;
inline constexpr size_t kFieldsMax = 64;  // Further fields are left out.

// For tests: takes the lines of the whole process in memory from construction to destruction instead of stderr. One at
// a time.
class Capture {
 public:
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  // All lines so far, without line ends.
  std::vector<std::string> lines() const;
  // Whether a line contains `text`.
  bool Contains(std::string_view text) const;

 private:
  struct Sink;
  std::shared_ptr<Sink> sink_;  // Shared with the logger, which may still be writing to it in another thread.
};

}  // namespace dateline::log
