#include "services/storage/revisions/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "services/storage/limits.h"
#include "services/storage/revisions/change_list.h"
#include "services/storage/revisions/fact_diff.h"
#include "services/storage/revisions/fold.h"
#include "services/storage/revisions/word_diff.h"

namespace dateline::storage {
namespace {

using release::v1::Contact;
using release::v1::Release;

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

std::string_view Removed(std::string_view before, const Edit& edit) {
  return before.substr(edit.before_begin, edit.before_end - edit.before_begin);
}

std::string_view Added(std::string_view after, const Edit& edit) {
  return after.substr(edit.after_begin, edit.after_end - edit.after_begin);
}

// Words with which a notice begins that takes a release back, in lower case.
constexpr std::array<std::string_view, 9> kRetractionWords = {"retraction",   "retracted",        "withdrawn",
                                                              "kill notice",  "please disregard", "rétractation",
                                                              "retractación", "zurückgezogen",    "отозвано"};

// "Retraction:" and a line that says nothing else are notices, "Retraction of landing gear" is not.
bool EndsNotice(std::string_view words, std::string_view notice) {
  const std::string_view rest = words.substr(notice.size());
  if (rest.empty() || notice.find(' ') != std::string_view::npos) return true;
  return std::string_view(":.!\n").find(rest.front()) != std::string_view::npos || rest.starts_with(" \u2013") ||
         rest.starts_with(" \u2014") || rest.starts_with(" -");
}

// Whether a paragraph that was added at the top of the text begins with such a notice.
bool SaysRetraction(std::string_view after, std::span<const Edit> edits) {
  constexpr uint32_t kTopBytes = 600;
  for (const Edit& edit : edits) {
    if (edit.after_begin >= kTopBytes) return false;
    const bool begins_paragraph = edit.after_begin == 0 || after[edit.after_begin - 1] == '\n';
    if (edit.kind != Edit::Kind::kAdded || !begins_paragraph) continue;
    std::string words(Added(after, edit).substr(0, 64));
    std::transform(words.begin(), words.end(), words.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (std::any_of(kRetractionWords.begin(), kRetractionWords.end(),
                    [&words](std::string_view word) { return words.starts_with(word) && EndsNotice(words, word); })) {
      return true;
    }
  }
  return false;
}

class Comparer {
 public:
  void Field(std::string_view field, std::string_view name, const std::string& before, const std::string& after) {
    if (before == after) return;
    std::string description = fmt::format("{} changed", name);
    if (before.empty()) description = fmt::format("{} added", name);
    if (after.empty()) description = fmt::format("{} removed", name);
    changes_.Add(field, before, after, std::move(description));
  }

  // The text and the facts in it.
  void Text(const Release& before, const Release& after) {
    if (before.text() == after.text() || FoldForComparison(before.text()) == FoldForComparison(after.text())) return;
    const std::vector<Edit> edits = DiffWords(before.text(), after.text());
    int added = 0;
    int removed = 0;
    std::string old_words;
    std::string new_words;
    for (const Edit& edit : edits) {
      if (edit.kind == Edit::Kind::kRemoved) {
        removed += Take(Removed(before.text(), edit), old_words);
      } else if (edit.kind == Edit::Kind::kAdded) {
        added += Take(Added(after.text(), edit), new_words);
      }
    }
    changes_.Add("text", old_words, new_words,
                 added == 0 && removed == 0 ? std::string("punctuation of the text changed")
                                            : fmt::format("text changed: {} words added, {} removed", added, removed));
    taken_back_ = DiffFacts(before, after, edits, changes_) || SaysRetraction(after.text(), edits);
  }

  void Contacts(const Release& before, const Release& after) {
    std::map<std::string, std::string> old_contacts;
    std::map<std::string, std::string> new_contacts;
    for (const Contact& contact : before.contacts()) old_contacts.emplace(ContactKey(contact), ContactText(contact));
    for (const Contact& contact : after.contacts()) new_contacts.emplace(ContactKey(contact), ContactText(contact));
    for (const auto& [key, text] : old_contacts) {
      const auto now = new_contacts.find(key);
      if (now == new_contacts.end()) {
        changes_.Add("contacts", text, {}, "contact removed");
      } else if (now->second != text) {
        changes_.Add("contacts", text, now->second, "contact changed");
      }
    }
    for (const auto& [key, text] : new_contacts) {
      if (!old_contacts.contains(key)) changes_.Add("contacts", {}, text, "contact added");
    }
  }

  Comparison Finish() {
    Comparison result;
    result.material = !changes_.empty();
    if (result.material) {
      result.change_class = taken_back_ ? events::v1::CHANGE_CLASS_RETRACTION : events::v1::CHANGE_CLASS_MATERIAL;
    }
    result.changes = changes_.Take();
    return result;
  }

 private:
  // Appends the words of one edit to those of all, as far as a change shows them; says how many there are.
  static int Take(std::string_view words, std::string& all) {
    if (all.size() < kChangeValueBytesMax) {
      const std::string folded = FoldForComparison(words);
      if (!folded.empty()) all += (all.empty() ? "" : " … ") + folded;
    }
    return CountWords(words);
  }

  ChangeList changes_;
  bool taken_back_ = false;
};

}  // namespace

Comparison CompareReleases(const Release& before, const Release& after) {
  Comparer comparer;
  comparer.Field("title", "title", FoldForComparison(before.title()), FoldForComparison(after.title()));
  comparer.Field("subtitle", "subtitle", FoldForComparison(before.subtitle()), FoldForComparison(after.subtitle()));
  comparer.Text(before, after);
  comparer.Field("dateline", "dateline", DatelineText(before.dateline()), DatelineText(after.dateline()));
  comparer.Field("publish.date", "publish date", DateText(before.publish().date()), DateText(after.publish().date()));
  comparer.Field("embargo_time", "embargo", TimeText(before.has_embargo_time(), before.embargo_time()),
                 TimeText(after.has_embargo_time(), after.embargo_time()));
  comparer.Contacts(before, after);
  return comparer.Finish();
}

}  // namespace dateline::storage
