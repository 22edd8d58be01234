#include "common/url/parser.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/host.h"
#include "common/url/percent.h"

namespace dateline::url {
namespace {

constexpr std::size_t kShownBytes = 120;

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualsIgnoreCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

bool IsSingleDot(std::string_view segment) {
  return segment == "." || EqualsIgnoreCase(segment, "%2e");
}
bool IsDoubleDot(std::string_view segment) {
  return segment == ".." || EqualsIgnoreCase(segment, ".%2e") || EqualsIgnoreCase(segment, "%2e.") ||
         EqualsIgnoreCase(segment, "%2e%2e");
}

bool IsDriveLetter(std::string_view text) {
  return text.size() == 2 && IsAlpha(text[0]) && (text[1] == ':' || text[1] == '|');
}
bool IsNormalDriveLetter(std::string_view text) {
  return IsDriveLetter(text) && text[1] == ':';
}

absl::Status Bad(std::string_view part, std::string_view input, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI",
               fmt::format("the URL \"{}\" {}", Encode(input.substr(0, kShownBytes), EncodeSet::kC0Control), why),
               {{"part", std::string(part)}});
}

}  // namespace

bool IsSpecialScheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "file" || scheme == "ftp" || scheme == "ws" ||
         scheme == "wss";
}

absl::StatusOr<Url> Parser::Run() {
  while (state_ != State::kEnd) DATELINE_RETURN_IF_ERROR(Step());
  if (!url_.opaque_path) {
    for (const std::string& segment : segments_) url_.path += "/" + segment;
  }
  return std::move(url_);
}

absl::Status Parser::Step() {
  switch (state_) {
    case State::kSchemeStart:
      return SchemeStart();
    case State::kNoScheme:
      return NoScheme();
    case State::kSpecialAuthorityOrPath:
      // "http:" with the scheme of the base: two slashes begin a host, anything else a relative reference.
      if (Rest().starts_with("//")) {
        state_ = State::kSpecialAuthoritySlashes;
      } else {
        state_ = State::kRelative;
      }
      break;
    case State::kRelative:
      Relative();
      break;
    case State::kRelativeSlash:
      RelativeSlash();
      break;
    case State::kSpecialAuthoritySlashes:
      while (!AtEnd() && (Peek() == '/' || Peek() == '\\')) ++at_;
      state_ = State::kAuthority;
      break;
    case State::kAuthority:
      return Authority();
    case State::kFile:
      File();
      break;
    case State::kFileSlash:
      FileSlash();
      break;
    case State::kFileHost:
      return FileHost();
    case State::kPathStart:
      PathStart();
      break;
    case State::kPath:
      Path();
      break;
    case State::kOpaquePath:
      OpaquePath();
      break;
    case State::kQuery:
      Query();
      break;
    case State::kFragment:
      url_.fragment = Encode(Rest(), EncodeSet::kFragment);
      state_ = State::kEnd;
      break;
    case State::kEnd:
      break;
  }
  return absl::OkStatus();
}

absl::Status Parser::SchemeStart() {
  std::size_t end = 0;
  if (!input_.empty() && IsAlpha(input_[0])) {
    while (end < input_.size() && (IsAlpha(input_[end]) || IsDigit(input_[end]) || input_[end] == '+' ||
                                   input_[end] == '-' || input_[end] == '.')) {
      ++end;
    }
  }
  if (end == 0 || end == input_.size() || input_[end] != ':') {
    state_ = State::kNoScheme;
    return absl::OkStatus();
  }
  for (const char c : input_.substr(0, end)) url_.scheme += Lower(c);
  at_ = end + 1;
  special_ = IsSpecialScheme(url_.scheme);
  if (url_.scheme == "file") {
    state_ = State::kFile;
  } else if (special_) {
    state_ = base_ != nullptr && base_->scheme == url_.scheme ? State::kSpecialAuthorityOrPath
                                                              : State::kSpecialAuthoritySlashes;
  } else if (Rest().starts_with("//")) {
    at_ += 2;
    state_ = State::kAuthority;
  } else if (Rest().starts_with("/")) {
    state_ = State::kPath;
    ++at_;
  } else {
    url_.opaque_path = true;
    state_ = State::kOpaquePath;
  }
  return absl::OkStatus();
}

absl::Status Parser::NoScheme() {
  if (base_ == nullptr) {
    return Bad("scheme", input_, "has no scheme; begin it with https:// or http:// (or file:/// for a local file)");
  }
  if (base_->opaque_path) {
    if (Peek() != '#') return Bad("scheme", input_, "is relative, and its base has no path to resolve it against");
    url_ = *base_;
    url_.fragment.reset();
    ++at_;
    state_ = State::kFragment;
    return absl::OkStatus();
  }
  state_ = base_->scheme == "file" ? State::kFile : State::kRelative;
  return absl::OkStatus();
}

// The base's path as segments; a path "//x" of a URL without host has an empty first segment.
void Parser::TakeBasePath() {
  segments_.clear();
  std::string_view path = base_->path;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    segments_.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
}

void Parser::Relative() {
  url_.scheme = base_->scheme;
  special_ = IsSpecialScheme(url_.scheme);
  if (AtSlash()) {
    ++at_;
    state_ = State::kRelativeSlash;
    return;
  }
  url_.username = base_->username;
  url_.password = base_->password;
  url_.host = base_->host;
  url_.port = base_->port;
  TakeBasePath();
  url_.query = base_->query;
  if (AtEnd()) {
    state_ = State::kEnd;
  } else if (Peek() == '?') {
    ++at_;
    state_ = State::kQuery;
  } else if (Peek() == '#') {
    ++at_;
    state_ = State::kFragment;
  } else {
    url_.query.reset();
    Shorten();
    state_ = State::kPath;
  }
}

void Parser::RelativeSlash() {
  if (special_ && AtSlash()) {
    state_ = State::kSpecialAuthoritySlashes;
  } else if (Peek() == '/') {
    ++at_;
    state_ = State::kAuthority;
  } else {
    url_.username = base_->username;
    url_.password = base_->password;
    url_.host = base_->host;
    url_.port = base_->port;
    state_ = State::kPath;
  }
}

absl::Status Parser::Authority() {
  std::size_t end = at_;
  while (end < input_.size() && input_[end] != '/' && input_[end] != '?' && input_[end] != '#' &&
         !(special_ && input_[end] == '\\')) {
    ++end;
  }
  std::string_view text = input_.substr(at_, end - at_);
  at_ = end;
  if (const std::size_t at_sign = text.rfind('@'); at_sign != std::string_view::npos) {
    const std::string_view userinfo = text.substr(0, at_sign);
    const std::size_t colon = userinfo.find(':');
    url_.username = Encode(userinfo.substr(0, colon), EncodeSet::kUserinfo);
    if (colon != std::string_view::npos) url_.password = Encode(userinfo.substr(colon + 1), EncodeSet::kUserinfo);
    text.remove_prefix(at_sign + 1);
    if (text.empty()) return Bad("host", input_, "has a user name but no host; write the host behind \"@\"");
  }
  DATELINE_RETURN_IF_ERROR(HostAndPort(text));
  state_ = State::kPathStart;
  return absl::OkStatus();
}

absl::Status Parser::HostAndPort(std::string_view text) {
  bool in_brackets = false;
  std::size_t colon = std::string_view::npos;
  for (std::size_t i = 0; i < text.size() && colon == std::string_view::npos; ++i) {
    if (text[i] == '[') in_brackets = true;
    if (text[i] == ']') in_brackets = false;
    if (text[i] == ':' && !in_brackets) colon = i;
  }
  const std::string_view host = text.substr(0, colon);
  if (host.empty() && (special_ || colon != std::string_view::npos)) {
    return Bad("host", input_, "has no host; write one behind \"//\"");
  }
  if (host.empty()) {
    url_.host = "";
  } else {
    DATELINE_ASSIGN_OR_RETURN(url_.host, ParseHost(host, special_));
  }
  return colon == std::string_view::npos ? absl::OkStatus() : Port(text.substr(colon + 1));
}

absl::Status Parser::Port(std::string_view digits) {
  if (digits.empty()) return absl::OkStatus();
  uint32_t port = 0;
  for (const char c : digits) {
    if (!IsDigit(c)) return Bad("port", input_, "has a port that is not a number; use 1 to 65535 or leave it out");
    port = port * 10 + static_cast<uint32_t>(c - '0');
    if (port > 65535) return Bad("port", input_, "has a port above 65535; use 1 to 65535 or leave it out");
  }
  if (DefaultPort(url_.scheme) != static_cast<uint16_t>(port)) url_.port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

bool Parser::StartsWithDriveLetter() const {
  const std::string_view rest = Rest();
  if (rest.size() < 2 || !IsDriveLetter(rest.substr(0, 2))) return false;
  return rest.size() == 2 || rest[2] == '/' || rest[2] == '\\' || rest[2] == '?' || rest[2] == '#';
}

void Parser::File() {
  url_.scheme = "file";
  special_ = true;
  url_.host = "";
  if (AtSlash()) {
    ++at_;
    state_ = State::kFileSlash;
    return;
  }
  if (base_ == nullptr || base_->scheme != "file") {
    state_ = State::kPath;
    return;
  }
  url_.host = base_->host;
  TakeBasePath();
  url_.query = base_->query;
  if (AtEnd()) {
    state_ = State::kEnd;
  } else if (Peek() == '?') {
    ++at_;
    state_ = State::kQuery;
  } else if (Peek() == '#') {
    ++at_;
    state_ = State::kFragment;
  } else {
    url_.query.reset();
    if (StartsWithDriveLetter()) {
      segments_.clear();
    } else {
      Shorten();
    }
    state_ = State::kPath;
  }
}

void Parser::FileSlash() {
  if (AtSlash()) {
    ++at_;
    state_ = State::kFileHost;
    return;
  }
  if (base_ != nullptr && base_->scheme == "file") {
    url_.host = base_->host;
    if (!StartsWithDriveLetter()) {
      TakeBasePath();
      const bool drive = !segments_.empty() && IsNormalDriveLetter(segments_[0]);
      segments_.resize(drive ? 1 : 0);
    }
  }
  state_ = State::kPath;
}

absl::Status Parser::FileHost() {
  std::size_t end = at_;
  while (end < input_.size() && input_[end] != '/' && input_[end] != '\\' && input_[end] != '?' && input_[end] != '#')
    ++end;
  const std::string_view text = input_.substr(at_, end - at_);
  if (IsDriveLetter(text)) {
    // "file://C:/x" means a path; it is read again as one.
    state_ = State::kPath;
    return absl::OkStatus();
  }
  at_ = end;
  url_.host = "";
  if (!text.empty()) {
    DATELINE_ASSIGN_OR_RETURN(std::string host, ParseHost(text, true));
    if (host != "localhost") url_.host = std::move(host);
  }
  state_ = State::kPathStart;
  return absl::OkStatus();
}

void Parser::PathStart() {
  if (special_) {
    if (AtSlash()) ++at_;
    state_ = State::kPath;
  } else if (AtEnd()) {
    state_ = State::kEnd;
  } else if (Peek() == '?') {
    ++at_;
    state_ = State::kQuery;
  } else if (Peek() == '#') {
    ++at_;
    state_ = State::kFragment;
  } else {
    if (Peek() == '/') ++at_;
    state_ = State::kPath;
  }
}

// Removes the last segment, but never the drive letter of a file URL.
void Parser::Shorten() {
  if (url_.scheme == "file" && segments_.size() == 1 && IsNormalDriveLetter(segments_[0])) return;
  if (!segments_.empty()) segments_.pop_back();
}

void Parser::AddSegment(std::string segment, bool slash_follows) {
  if (IsDoubleDot(segment)) {
    Shorten();
    if (!slash_follows) segments_.emplace_back();
  } else if (IsSingleDot(segment)) {
    if (!slash_follows) segments_.emplace_back();
  } else {
    if (url_.scheme == "file" && segments_.empty() && IsDriveLetter(segment)) segment[1] = ':';
    segments_.push_back(std::move(segment));
  }
}

void Parser::Path() {
  std::string segment;
  for (;; ++at_) {
    const bool slash = AtSlash();
    if (!slash && !AtEnd() && Peek() != '?' && Peek() != '#') {
      AppendEncoded(Peek(), EncodeSet::kPath, segment);
      continue;
    }
    AddSegment(std::exchange(segment, {}), slash);
    if (!slash) break;
  }
  if (AtEnd()) {
    state_ = State::kEnd;
    return;
  }
  state_ = Peek() == '?' ? State::kQuery : State::kFragment;
  ++at_;
}

void Parser::OpaquePath() {
  std::size_t end = input_.find_first_of("?#", at_);
  if (end == std::string_view::npos) end = input_.size();
  url_.path = Encode(input_.substr(at_, end - at_), EncodeSet::kC0Control);
  // A space right before "?" or "#" would be lost when the text is read back.
  if (end < input_.size() && url_.path.ends_with(' ')) url_.path.replace(url_.path.size() - 1, 1, "%20");
  at_ = end;
  if (AtEnd()) {
    state_ = State::kEnd;
    return;
  }
  state_ = Peek() == '?' ? State::kQuery : State::kFragment;
  ++at_;
}

void Parser::Query() {
  std::size_t end = input_.find('#', at_);
  if (end == std::string_view::npos) end = input_.size();
  url_.query = Encode(input_.substr(at_, end - at_), special_ ? EncodeSet::kSpecialQuery : EncodeSet::kQuery);
  at_ = end;
  if (AtEnd()) {
    state_ = State::kEnd;
    return;
  }
  ++at_;
  state_ = State::kFragment;
}

}  // namespace dateline::url
