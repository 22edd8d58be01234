#include "common/bus/options.h"

#include <fmt/format.h>
#include <zmq.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"

namespace dateline::bus {
namespace {

constexpr std::string_view kZ85Symbols = ".-:+=^!/*?&<>()[]{}@%$#";

absl::Status RequireCurve() {
  if (zmq_has("curve") == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kUnimplemented, "BUS_CURVE_UNAVAILABLE",
               "bus: this libzmq was built without CURVE; install one with libsodium or remove the keys");
}

}  // namespace

bool IsCurveKey(std::string_view text) {
  return text.size() == kCurveKeyChars && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kZ85Symbols.find(c) != std::string_view::npos;
         });
}

absl::StatusOr<std::string> ReadCurveKeyFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error(absl::StatusCode::kNotFound, "BUS_KEY_FILE_INVALID",
                 fmt::format("bus: cannot read the key file {}; check path and permissions", path), {{"file", path}});
  }
  // One character more than a key shows that the word is too long, whatever the size of the file.
  char word[kCurveKeyChars + 2] = {};
  file.width(sizeof(word));
  file >> word;
  if (!IsCurveKey(word)) {
    return Error(absl::StatusCode::kInvalidArgument, "BUS_KEY_FILE_INVALID",
                 fmt::format("bus: {} does not begin with a CURVE key ({} characters of Z85)", path, kCurveKeyChars),
                 {{"file", path}});
  }
  return std::string(word);
}

absl::StatusOr<std::string> CurvePublicKey(const std::string& secret_key) {
  DATELINE_RETURN_IF_ERROR(RequireCurve());
  char public_key[kCurveKeyChars + 1];
  if (!IsCurveKey(secret_key) || zmq_curve_public(public_key, secret_key.c_str()) != 0) {
    return Error(absl::StatusCode::kInvalidArgument, "BUS_KEY_INVALID", "bus: this is not a CURVE secret key");
  }
  return std::string(public_key);
}

absl::StatusOr<CurveClientKeys> LoadCurveClientKeys(const std::string& server_public_key_file,
                                                    const std::string& secret_key_file) {
  CurveClientKeys keys;
  DATELINE_ASSIGN_OR_RETURN(keys.server_public_key, ReadCurveKeyFile(server_public_key_file));
  DATELINE_ASSIGN_OR_RETURN(keys.secret_key, ReadCurveKeyFile(secret_key_file));
  DATELINE_ASSIGN_OR_RETURN(keys.public_key, CurvePublicKey(keys.secret_key));
  return keys;
}

void AddOptions(config::Schema& schema, CurveFiles* files) {
  schema.String("bus.server_public_key_file", &files->server_public_key_file, "file with the bus's public CURVE key");
  schema.String("bus.secret_key_file", &files->secret_key_file, "file with this service's secret CURVE key");
  schema.Validate([files] {
    if (files->server_public_key_file.empty() == files->secret_key_file.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kInvalidArgument, "CURVE_INCOMPLETE",
                 "bus.server_public_key_file and bus.secret_key_file: give both, or none");
  });
}

absl::StatusOr<std::optional<CurveClientKeys>> LoadCurveKeys(const CurveFiles& files) {
  if (files.secret_key_file.empty()) return std::optional<CurveClientKeys>();
  DATELINE_ASSIGN_OR_RETURN(CurveClientKeys keys,
                            LoadCurveClientKeys(files.server_public_key_file, files.secret_key_file));
  return std::optional<CurveClientKeys>(std::move(keys));
}

}  // namespace dateline::bus
