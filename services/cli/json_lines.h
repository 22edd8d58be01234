#pragma once
// The batch form of the offline commands: JSON lines in, JSON lines out, keyed by the "id" that each line brings. Used
// from one thread, apart from the pure readings.

#include <google/protobuf/struct.pb.h>

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/export/json_writer.h"

namespace dateline::cli {

// The longest line; a longer one is answered with an error.
inline constexpr std::size_t kLineBytesMax = std::size_t{1} << 20;

// One line without its end; false at the end of the input. A line over the limit is cut, and then is no valid JSON.
bool ReadLine(std::FILE* in, std::string* line);

// A line as a JSON object. INVALID_ARGUMENT with reason INVALID_LINE, naming the line's number.
absl::StatusOr<google::protobuf::Struct> ParseLine(const std::string& line, std::size_t number);

// The member as a string; empty when it is absent or no string.
std::string Field(const google::protobuf::Struct& object, const std::string& name);

// The line's "id" as JSON text; its number when it has none.
std::string IdOf(const google::protobuf::Struct& object, std::size_t number);

// {"id": …, "error": {"reason": …, "message": …}}
std::string ErrorLine(const std::string& id, const absl::Status& status);

// Writes the members of the answer to one line into the open object, or returns the error that is the answer.
using AnswerLine = std::function<absl::Status(const google::protobuf::Struct& line, exporting::JsonWriter& answer)>;

// Answers every line in order. Returns the exit status: 0, or 4 when some lines gave errors.
int AnswerLines(const AnswerLine& answer, std::FILE* in, std::FILE* out);

}  // namespace dateline::cli
