#include "common/http/link_header.h"

#include <algorithm>

#include "common/url/url.h"

namespace dateline::http {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

// Whether a list of relations, parted by spaces, has this one.
bool Contains(std::string_view relations, std::string_view relation) {
  while (!relations.empty()) {
    const size_t end = std::min(relations.find(' '), relations.size());
    if (EqualsIgnoringCase(relations.substr(0, end), relation)) return true;
    relations.remove_prefix(std::min(end + 1, relations.size()));
  }
  return false;
}

// Reads one header value from left to right.
class LinkReader {
 public:
  explicit LinkReader(std::string_view text) : text_(text) {}

  // The next link with the relation; false at the end.
  bool Next(std::string_view relation, std::string* target) {
    while (true) {
      const size_t open = text_.find('<', at_);
      const size_t close = open == std::string_view::npos ? open : text_.find('>', open);
      if (close == std::string_view::npos) return false;
      const std::string_view found = text_.substr(open + 1, close - open - 1);
      at_ = close + 1;
      std::string relations;
      bool elsewhere = false;
      bool has_relation = false;
      std::string name;
      std::string value;
      while (Parameter(&name, &value)) {
        if (EqualsIgnoringCase(name, "anchor")) elsewhere = true;
        // Of several the first counts.
        if (EqualsIgnoringCase(name, "rel") && !has_relation) {
          has_relation = true;
          relations = value;
        }
      }
      if (elsewhere || !Contains(relations, relation)) continue;
      *target = std::string(found);
      return true;
    }
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  std::string Token() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '=' && text_[at_] != ';' && text_[at_] != ',' && !IsSpace(text_[at_])) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string Quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return value;
  }
  // The next "; name=value" of the link; false when the link ends.
  bool Parameter(std::string* name, std::string* value) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != ';') return false;
    ++at_;
    SkipSpace();
    *name = Token();
    value->clear();
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != '=') return true;
    ++at_;
    SkipSpace();
    *value = at_ < text_.size() && text_[at_] == '"' ? Quoted() : Token();
    return true;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string LinkTarget(const Response& response, std::string_view relation) {
  const auto base = url::Parse(response.final_url);
  const auto [begin, end] = response.headers.equal_range("link");
  for (auto header = begin; header != end; ++header) {
    LinkReader reader(header->second);
    std::string target;
    while (reader.Next(relation, &target)) {
      const auto parsed = url::Parse(target, base.ok() ? &*base : nullptr);
      if (parsed.ok()) return parsed->Href();
    }
  }
  return {};
}

}  // namespace dateline::http
