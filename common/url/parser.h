#pragma once
// The state machine of the URL Standard, over bytes: every delimiter is ASCII, and what is not ASCII is only ever
// percent-encoded or handed to IDNA. Internal to this module; used once and thrown away, by one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/url/url.h"

namespace dateline::url {

bool IsSpecialScheme(std::string_view scheme);

class Parser {
 public:
  // `input` is stripped and valid UTF-8. Both outlive the parser; `base` may be null.
  Parser(std::string_view input, const Url* base) : input_(input), base_(base) {}

  absl::StatusOr<Url> Run();

 private:
  enum class State {
    kSchemeStart,
    kNoScheme,
    kSpecialAuthorityOrPath,
    kRelative,
    kRelativeSlash,
    kSpecialAuthoritySlashes,
    kAuthority,
    kFile,
    kFileSlash,
    kFileHost,
    kPathStart,
    kPath,
    kOpaquePath,
    kQuery,
    kFragment,
    kEnd,
  };

  absl::Status Step();
  absl::Status SchemeStart();
  absl::Status NoScheme();
  void Relative();
  void RelativeSlash();
  absl::Status Authority();
  absl::Status HostAndPort(std::string_view text);
  absl::Status Port(std::string_view digits);
  void File();
  void FileSlash();
  absl::Status FileHost();
  void PathStart();
  void Path();
  void OpaquePath();
  void Query();

  bool AtEnd() const { return at_ >= input_.size(); }
  // The byte at the place, or NUL at the end; AtEnd() tells the two apart.
  char Peek(std::size_t ahead = 0) const { return at_ + ahead < input_.size() ? input_[at_ + ahead] : '\0'; }
  bool AtSlash() const { return !AtEnd() && (Peek() == '/' || (special_ && Peek() == '\\')); }
  std::string_view Rest() const { return input_.substr(at_); }
  bool StartsWithDriveLetter() const;
  void TakeBasePath();
  void Shorten();
  void AddSegment(std::string segment, bool slash_follows);

  const std::string_view input_;
  const Url* const base_;
  Url url_;
  std::vector<std::string> segments_;
  std::size_t at_ = 0;
  State state_ = State::kSchemeStart;
  bool special_ = false;
};

}  // namespace dateline::url
