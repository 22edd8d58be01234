#include "common/filter/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/filter/filter.h"
#include "common/filter/functions.h"
#include "common/filter/places.h"
#include "common/text/utf8.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "google/type/date.pb.h"

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Dotted(const FieldPath& path) {
  std::string out;
  for (const FieldDescriptor* field : path) {
    if (!out.empty()) out += '.';
    out += field->name();
  }
  return out;
}

std::string Shorten(std::string_view text) {
  if (text.size() <= kReasonBytesMax) return std::string(text);
  return std::string(text::TruncateUtf8(text, kReasonBytesMax)) + "…";
}

// Without the signs around the words.
std::string_view TrimSigns(std::string_view text) {
  while (!text.empty()) {
    const size_t length = std::max<size_t>(text::CodePointAt(text, 0).length, 1);
    if (!FoldWords(text.substr(0, length)).empty()) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    const size_t length = std::max<size_t>(text::CodePointBefore(text, text.size()).length, 1);
    if (!FoldWords(text.substr(text.size() - length)).empty()) break;
    text.remove_suffix(length);
  }
  return text;
}

// A text with its folded words, and which stretch of it each of them comes from.
class FoldedText {
 public:
  explicit FoldedText(std::string given) : text_(std::move(given)) {
    const std::string_view text = text_;
    // Folding looks at no more than a run of characters that are not ASCII, so what stands between two spaces folds
    // alone as it does within the text.
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find_first_of(" \t\n\r", at), text.size());
      const std::string folded = FoldWords(text.substr(at, end - at));
      if (!folded.empty()) {
        if (!words_.empty()) words_ += ' ';
        parts_.push_back({.folded = words_.size(), .begin = at, .end = end});
        words_ += folded;
      }
      at = end + 1;
    }
  }
  const std::string& words() const { return words_; }

  // The words as they are written there; in folded form where there are no spaces to cut at.
  std::string Written(const WordRange& range) const {
    const auto part = [this](size_t at) {
      const auto behind = std::upper_bound(parts_.begin(), parts_.end(), at,
                                           [](size_t offset, const Part& p) { return offset < p.folded; });
      return behind == parts_.begin() ? behind : behind - 1;
    };
    if (parts_.empty()) return {};
    const auto first = part(range.begin);
    const auto last = part(range.end > range.begin ? range.end - 1 : range.begin);
    const std::string_view written = TrimSigns(std::string_view(text_).substr(first->begin, last->end - first->begin));
    if (written.size() <= kReasonBytesMax) return std::string(written);
    return Shorten(std::string_view(words_).substr(range.begin, range.end - range.begin));
  }

 private:
  struct Part {
    size_t folded = 0;
    size_t begin = 0;
    size_t end = 0;
  };
  const std::string text_;
  std::string words_;
  std::vector<Part> parts_;
};

// Adds words that are not there yet. Whether there is room for more.
bool Add(std::string words, MatchReason* reason) {
  if (words.empty()) return true;
  if (std::find(reason->words.begin(), reason->words.end(), words) == reason->words.end()) {
    reason->words.push_back(std::move(words));
  }
  return reason->words.size() < kReasonWordsMax;
}

// Adds what the pattern finds in `text`, if anything. Whether it found something.
bool AddFound(const WordPattern& pattern, const FoldedText& folded, MatchReason* reason) {
  std::optional<WordRange> match = pattern.Find(folded.words(), 0);
  const bool found = match.has_value();
  while (match.has_value() && Add(folded.Written(*match), reason)) {
    match = pattern.Find(folded.words(), std::max(match->end, match->begin + 1));
  }
  return found;
}

std::string DateText(const google::type::Date& date) {
  if (date.month() == 0) return fmt::format("{:04}", date.year());
  if (date.day() == 0) return fmt::format("{:04}-{:02}", date.year(), date.month());
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::string FirstText(const Message& message) {
  std::string first;
  AnyText(message, [&](const Place& place) {
    first = place.Text();
    return !first.empty();
  });
  return Shorten(first);
}

// A value as a person would read it: by the words of the fact that it belongs to, where there are some.
std::string ValueText(const Place& place) {
  if (place.field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return Shorten(place.Text());
  const FieldDescriptor* words = place.message.GetDescriptor()->FindFieldByName("text");
  const bool fact = place.message.GetDescriptor()->FindFieldByName("rule") != nullptr && words != nullptr;
  if (fact && words->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !words->is_repeated()) {
    std::string text = Place{place.message, *words, -1}.Text();
    if (!text.empty()) return Shorten(text);
  }
  switch (place.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = place.Child();
      if (child.GetDescriptor() == google::type::Date::descriptor()) {
        return DateText(static_cast<const google::type::Date&>(child));
      }
      if (child.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
        return google::protobuf::util::TimeUtil::ToString(static_cast<const google::protobuf::Timestamp&>(child));
      }
      return FirstText(child);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return place.Bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = place.field.enum_type()->FindValueByNumber(place.Enum());
      return value == nullptr ? std::to_string(place.Enum()) : value->name();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fmt::format("{}", place.Number());
    default:
      return std::to_string(place.Integer());
  }
}

}  // namespace

class ReasonFinder::Impl {
 public:
  explicit Impl(const Subject& subject) : subject_(subject) {}

  void Walk(const Expression& expression, const Condition& condition) {
    if (reasons_.size() >= kReasonsMax) return;
    switch (condition.kind) {
      case Expression::Kind::kAll:
        return;
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr:
        for (size_t i = 0; i < condition.children.size(); ++i) {
          if (Evaluate(condition.children[i], subject_) != Truth::kYes) continue;
          Walk(expression.children[i], condition.children[i]);
        }
        return;
      case Expression::Kind::kNot:
        reasons_.push_back({.clause = Shorten(Print(expression)), .field = {}, .words = {}});
        return;
      case Expression::Kind::kWords:
        return FindWords(expression, condition);
      case Expression::Kind::kComparison:
        return FindComparison(expression, condition);
      case Expression::Kind::kFunction:
        return FindFunction(expression, condition);
    }
  }

  std::vector<MatchReason> Finish() { return std::exchange(reasons_, {}); }

 private:
  const FoldedText& Folded(const Place& place) {
    std::unique_ptr<const FoldedText>& folded = texts_[{&place.message, &place.field, place.index}];
    if (folded == nullptr) folded = std::make_unique<const FoldedText>(place.Text());
    return *folded;
  }

  MatchReason& Begin(const Expression& expression) {
    reasons_.push_back({.clause = Shorten(Print(expression)), .field = {}, .words = {}});
    return reasons_.back();
  }

  // Looks for the pattern under the paths, up to the first that has it.
  void FindUnder(const std::vector<FieldPath>& paths, const WordPattern& pattern, MatchReason* reason) {
    for (const FieldPath& path : paths) {
      bool found = false;
      AnyPlace(path, subject_.message(), [&](const Place& place) {
        found = AddFound(pattern, Folded(place), reason) || found;
        return reason->words.size() >= kReasonWordsMax;
      });
      if (!found) continue;
      reason->field = Dotted(path);
      return;
    }
  }

  void FindWords(const Expression& expression, const Condition& condition) {
    FindUnder(subject_.schema().word_paths, std::get<WordPattern>(condition.operand), &Begin(expression));
  }

  void FindComparison(const Expression& expression, const Condition& condition) {
    MatchReason& reason = Begin(expression);
    reason.field = Dotted(condition.path);
    const auto* words = std::get_if<WordPattern>(&condition.operand);
    AnyPlace(condition.path, subject_.message(), [&](const Place& place) {
      if (!PlaceHolds(condition, place)) return false;
      if (words == nullptr) return !Add(ValueText(place), &reason);
      if (place.field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        AddFound(*words, Folded(place), &reason);
      } else {
        AnyText(place.Child(), [&](const Place& text) { return AddFound(*words, Folded(text), &reason); });
      }
      return reason.words.size() >= kReasonWordsMax;
    });
  }

  void FindFunction(const Expression& expression, const Condition& condition) {
    MatchReason& reason = Begin(expression);
    if (const auto* mention = std::get_if<Mention>(&condition.operand)) {
      return FindUnder(mention->paths, mention->name, &reason);
    }
    if (const auto* nearness = std::get_if<Nearness>(&condition.operand)) {
      reason.field = Dotted(condition.path);
      AnyPlace(condition.path, subject_.message(), [&](const Place& place) {
        const FoldedText& folded = Folded(place);
        if (const auto found = FindNear(*nearness, folded.words())) {
          const WordRange both{found->first.begin, std::max(found->first.end, found->second.end)};
          Add(folded.Written(both), &reason);
        }
        return true;
      });
      return;
    }
    for (const std::string& field : subject_.changed_fields()) {
      if (!Concerns(field, std::get<FieldChange>(condition.operand).field)) continue;
      if (reason.field.empty()) reason.field = field;
      if (!Add(field, &reason)) return;
    }
  }

  const Subject& subject_;
  std::vector<MatchReason> reasons_;
  std::map<std::tuple<const Message*, const FieldDescriptor*, int>, std::unique_ptr<const FoldedText>> texts_;
};

ReasonFinder::ReasonFinder(const Subject& subject) : impl_(std::make_unique<Impl>(subject)) {}
ReasonFinder::~ReasonFinder() = default;

std::vector<MatchReason> ReasonFinder::Find(const Expression& expression, const Condition& condition) {
  impl_->Walk(expression, condition);
  return impl_->Finish();
}

std::string MatchReason::ToString() const {
  if (words.empty()) return clause;
  std::string out = fmt::format("{} ({}:", clause, field);
  for (size_t i = 0; i < words.size(); ++i) out += fmt::format("{} \"{}\"", i > 0 ? "," : "", words[i]);
  return out + ")";
}

}  // namespace dateline::filter
