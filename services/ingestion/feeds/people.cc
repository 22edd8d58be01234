#include "services/ingestion/feeds/people.h"

#include <algorithm>

#include "common/text/utf8.h"

namespace dateline::feeds {
namespace {

bool IsAddressPart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
}

struct Found {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Found FindAddress(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && IsAddressPart(text[begin - 1])) --begin;
    std::size_t end = at + 1;
    while (end < text.size() && IsAddressPart(text[end])) ++end;
    while (end > at && text[end - 1] == '.') --end;
    const bool domain = text.substr(at + 1, end - at - 1).find('.') != std::string_view::npos;
    if (begin < at && domain) return {begin, end};
  }
  return {};
}

}  // namespace

Person ParsePerson(std::string_view text) {
  text = text::TrimSpace(text);
  Person person;
  const Found address = FindAddress(text);
  if (address.end == 0) {
    person.name = text::CollapseSpace(text);
    return person;
  }
  person.email = std::string(text.substr(address.begin, address.end - address.begin));
  std::string rest = std::string(text.substr(0, address.begin)) + " " + std::string(text.substr(address.end));
  std::replace_if(
      rest.begin(), rest.end(), [](char c) { return c == '(' || c == ')' || c == '<' || c == '>' || c == '"'; }, ' ');
  person.name = text::CollapseSpace(rest);
  // "(mailto:jo@example.org)"
  if (const std::size_t scheme = person.name.find("mailto:"); scheme != std::string::npos) {
    person.name = text::CollapseSpace(person.name.erase(scheme, 7));
  }
  while (person.name.ends_with(',') || person.name.ends_with(':')) person.name.pop_back();
  return person;
}

std::string PersonText(const Person& person) {
  if (person.email.empty()) return person.name;
  return person.name.empty() ? person.email : person.name + " (" + person.email + ")";
}

}  // namespace dateline::feeds
