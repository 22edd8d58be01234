#include "services/storage/materiality.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include "services/storage/limits.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using events::v1::Change;
using release::v1::Contact;
using release::v1::Release;

// What typesetting changes without changing what is said. An empty replacement removes, " " joins the white space.
constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kFolded = {{
    {"\xE2\x80\x98", "'"},  {"\xE2\x80\x99", "'"},  {"\xE2\x80\x9A", "'"},
    {"\xE2\x80\xB2", "'"},                                                   // single quotes, prime
    {"\xE2\x80\x9C", "\""}, {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x9E", "\""},  // double quotes
    {"\xC2\xAB", "\""},     {"\xC2\xBB", "\""},                              // guillemets
    {"\xE2\x80\x90", "-"},  {"\xE2\x80\x91", "-"},  {"\xE2\x80\x92", "-"},
    {"\xE2\x80\x93", "-"},                                                    // hyphens, dashes
    {"\xE2\x80\x94", "-"},  {"\xE2\x88\x92", "-"},  {"\xE2\x80\xA6", "..."},  // ellipsis
    {"\xC2\xA0", " "},      {"\xE2\x80\xAF", " "},  {"\xE2\x80\x89", " "},    // fixed spaces
    {"\xC2\xAD", ""},       {"\xE2\x80\x8B", ""},                             // invisible
}};

std::string DateText(const google::type::Date& date) {
  if (date.year() == 0 && date.month() == 0 && date.day() == 0) return {};
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::string TimeText(bool present, const google::protobuf::Timestamp& time) {
  return present ? std::to_string(time.seconds()) : std::string();
}

std::string DatelineText(const release::v1::Dateline& dateline) {
  std::string text = FoldForComparison(dateline.place());
  if (const std::string date = DateText(dateline.date()); !date.empty()) text += text.empty() ? date : ", " + date;
  return text;
}

// What identifies a contact from one revision to the next.
std::string ContactKey(const Contact& contact) {
  if (!contact.email().empty()) return contact.email();
  if (!contact.display_name().empty()) return FoldForComparison(contact.display_name());
  if (contact.phones_size() > 0)
    return contact.phones(0).e164().empty() ? contact.phones(0).raw() : contact.phones(0).e164();
  return FoldForComparison(contact.organization());
}

// A contact in one line, everything that matters in it.
std::string ContactText(const Contact& contact) {
  std::string text = FoldForComparison(contact.display_name());
  const auto append = [&text](const std::string& part) {
    if (!part.empty()) text += text.empty() ? part : ", " + part;
  };
  append(FoldForComparison(contact.organization()));
  append(contact.email());
  for (const auto& phone : contact.phones()) append(phone.e164().empty() ? phone.raw() : phone.e164());
  return text;
}

class Comparer {
 public:
  void Field(std::string_view field, std::string_view name, const std::string& before, const std::string& after) {
    if (before == after) return;
    std::string description = fmt::format("{} changed", name);
    if (before.empty()) description = fmt::format("{} added", name);
    if (after.empty()) description = fmt::format("{} removed", name);
    Add(field, before, after, std::move(description));
  }

  void Text(std::string_view before, std::string_view after) {
    if (before == after) return;
    std::unordered_map<std::string_view, int64_t> balance;
    ForEachWord(after, [&balance](std::string_view word) { ++balance[word]; });
    ForEachWord(before, [&balance](std::string_view word) { --balance[word]; });
    int64_t added = 0;
    int64_t removed = 0;
    for (const auto& [word, count] : balance) (count > 0 ? added : removed) += count > 0 ? count : -count;
    // The texts themselves are in the revisions; the change says where they part.
    const auto common = static_cast<size_t>(
        std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first - before.begin());
    const size_t from = WordBefore(before, common);
    Add("text", std::string(before.substr(from)), std::string(after.substr(std::min(from, after.size()))),
        added == 0 && removed == 0 ? std::string("text reordered")
                                   : fmt::format("text changed: {} words added, {} removed", added, removed));
  }

  void Contacts(const Release& before, const Release& after) {
    std::map<std::string, std::string> old_contacts;
    std::map<std::string, std::string> new_contacts;
    for (const Contact& contact : before.contacts()) old_contacts.emplace(ContactKey(contact), ContactText(contact));
    for (const Contact& contact : after.contacts()) new_contacts.emplace(ContactKey(contact), ContactText(contact));
    for (const auto& [key, text] : old_contacts) {
      const auto now = new_contacts.find(key);
      if (now == new_contacts.end()) {
        Add("contacts", text, {}, "contact removed");
      } else if (now->second != text) {
        Add("contacts", text, now->second, "contact changed");
      }
    }
    for (const auto& [key, text] : new_contacts) {
      if (!old_contacts.contains(key)) Add("contacts", {}, text, "contact added");
    }
  }

  Comparison Finish() {
    result_.material = !result_.changes.empty();
    if (result_.material) result_.change_class = events::v1::CHANGE_CLASS_MATERIAL;
    return std::move(result_);
  }

 private:
  template <class Take>
  static void ForEachWord(std::string_view text, Take take) {
    while (!text.empty()) {
      const size_t end = std::min(text.find(' '), text.size());
      if (end > 0) take(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  static size_t WordBefore(std::string_view text, size_t at) {
    if (at >= text.size() || at == 0) return std::min(at, text.size());
    const size_t space = text.rfind(' ', at - 1);
    return space == std::string_view::npos ? 0 : space + 1;
  }

  void Add(std::string_view field, const std::string& before, const std::string& after, std::string description) {
    if (result_.changes.size() >= static_cast<size_t>(kChangesMax)) return;
    Change change;
    change.set_field(std::string(field));
    change.set_old_value(Shorten(before, kChangeValueBytesMax));
    change.set_new_value(Shorten(after, kChangeValueBytesMax));
    change.set_description(std::move(description));
    result_.changes.push_back(std::move(change));
  }

  Comparison result_;
};

}  // namespace

std::string FoldForComparison(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  bool space = false;
  const auto put = [&folded, &space](std::string_view piece) {
    if (space && !folded.empty()) folded.push_back(' ');
    space = false;
    folded.append(piece);
  };
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x80) {
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        space = true;
      } else {
        put(text.substr(at, 1));
      }
      ++at;
      continue;
    }
    const auto* const known = std::find_if(kFolded.begin(), kFolded.end(),
                                           [&](const auto& entry) { return text.substr(at).starts_with(entry.first); });
    if (known == kFolded.end()) {
      put(text.substr(at, 1));
      ++at;
      continue;
    }
    if (known->second == " ") {
      space = true;
    } else if (!known->second.empty()) {
      put(known->second);
    }
    at += known->first.size();
  }
  return folded;
}

Comparison CompareReleases(const Release& before, const Release& after) {
  Comparer comparer;
  comparer.Field("title", "title", FoldForComparison(before.title()), FoldForComparison(after.title()));
  comparer.Field("subtitle", "subtitle", FoldForComparison(before.subtitle()), FoldForComparison(after.subtitle()));
  if (before.text() != after.text()) comparer.Text(FoldForComparison(before.text()), FoldForComparison(after.text()));
  comparer.Field("dateline", "dateline", DatelineText(before.dateline()), DatelineText(after.dateline()));
  comparer.Field("publish.date", "publish date", DateText(before.publish().date()), DateText(after.publish().date()));
  comparer.Field("embargo_time", "embargo", TimeText(before.has_embargo_time(), before.embargo_time()),
                 TimeText(after.has_embargo_time(), after.embargo_time()));
  comparer.Contacts(before, after);
  return comparer.Finish();
}

}  // namespace dateline::storage
