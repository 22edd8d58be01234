#include "services/storage/administration/erasure.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "dateline/release/v1/facts.pb.h"

namespace dateline::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kAddressBytesMax = 320;
constexpr size_t kDigitsMin = 6;
constexpr size_t kDigitsMax = 15;
// Signs between two digits of one number.
constexpr size_t kSignsMax = 4;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
// What may stand within a number; a no-break space is two of these bytes.
bool IsSign(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/' || c == '\xC2' || c == '\xA0';
}
// What makes an address longer than what was looked for.
bool IsAddressCharacter(char c) {
  return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'z') || c == '.' || c == '_' || c == '-' || c == '+';
}

absl::Status Invalid(std::string_view value) {
  return FieldError("INVALID_CONTACT", "value",
                    "\"" + std::string(value.substr(0, 64)) +
                        "\" is neither an e-mail address nor a telephone number in E.164 form such as +41227919111");
}

}  // namespace

absl::StatusOr<Eraser> Eraser::For(std::string_view value) {
  Eraser eraser;
  if (value.size() > kAddressBytesMax) return Invalid(value);
  if (value.starts_with('+')) {
    for (const char c : value.substr(1)) {
      if (!IsDigit(c)) return Invalid(value);
      eraser.digits_ += c;
    }
    if (eraser.digits_.size() < kDigitsMin || eraser.digits_.size() > kDigitsMax) return Invalid(value);
    eraser.value_ = std::string(value);
    return eraser;
  }
  const size_t at = value.find('@');
  if (at == 0 || at == std::string_view::npos || value.find('.', at) == std::string_view::npos ||
      value.find_first_of(" \t\r\n\"<>") != std::string_view::npos || value.ends_with('.') ||
      value.find('@', at + 1) != std::string_view::npos) {
    return Invalid(value);
  }
  for (const char c : value) eraser.value_ += Lower(c);
  return eraser;
}

size_t Eraser::FindNumber(std::string_view bytes, size_t from, size_t* length, bool alone) const {
  for (size_t at = bytes.find(digits_.front(), from); at != std::string_view::npos;
       at = bytes.find(digits_.front(), at + 1)) {
    size_t matched = 0;
    size_t end = at;
    for (size_t i = at, signs = 0; i < bytes.size() && matched < digits_.size(); ++i) {
      if (bytes[i] == digits_[matched]) {
        ++matched;
        end = i + 1;
        signs = 0;
      } else if (!IsSign(bytes[i]) || ++signs > kSignsMax) {
        break;
      }
    }
    if (matched < digits_.size() || (alone && end < bytes.size() && IsDigit(bytes[end]))) continue;
    // Digits before it are of another number, unless they are the "00" of an international one.
    const bool zeros = at >= 2 && bytes[at - 1] == '0' && bytes[at - 2] == '0' && (at == 2 || !IsDigit(bytes[at - 3]));
    if (alone && at > 0 && IsDigit(bytes[at - 1]) && !zeros) continue;
    size_t begin = zeros ? at - 2 : at;
    if (!zeros && begin > 0 && bytes[begin - 1] == '+') --begin;
    *length = end - begin;
    return begin;
  }
  return std::string_view::npos;
}

size_t Eraser::Find(std::string_view bytes, size_t from, size_t* length, bool alone) const {
  if (!digits_.empty()) return FindNumber(bytes, from, length, alone);
  while (from + value_.size() <= bytes.size()) {
    const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), value_.begin(),
                                   value_.end(), [](char a, char b) { return Lower(a) == b; });
    if (found == bytes.end()) return std::string_view::npos;
    const auto at = static_cast<size_t>(found - bytes.begin());
    const size_t end = at + value_.size();
    const bool longer_before = at > 0 && IsAddressCharacter(bytes[at - 1]);
    // A full stop behind it ends a sentence, unless a letter follows.
    const bool longer_behind = end < bytes.size() && IsAddressCharacter(bytes[end]) &&
                               !(bytes[end] == '.' && (end + 1 == bytes.size() || !IsAddressCharacter(bytes[end + 1])));
    if (!alone || (!longer_before && !longer_behind)) {
      *length = value_.size();
      return at;
    }
    from = at + 1;
  }
  return std::string_view::npos;
}

size_t Eraser::Count(std::string_view bytes) const {
  size_t count = 0;
  size_t length = 0;
  for (size_t at = Find(bytes, 0, &length); at != std::string_view::npos; at = Find(bytes, at + length, &length)) {
    ++count;
  }
  return count;
}

bool Eraser::MayStandIn(std::string_view message) const {
  size_t length = 0;
  return Find(message, 0, &length, false) != std::string_view::npos;
}

size_t Eraser::Erase(std::string* bytes) const {
  size_t count = 0;
  size_t length = 0;
  for (size_t at = Find(*bytes, 0, &length); at != std::string::npos; at = Find(*bytes, at + length, &length)) {
    bytes->replace(at, length, length, '*');
    ++count;
  }
  return count;
}

size_t Eraser::Erase(Message* message) const {
  size_t count = 0;
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
          std::string text = reflection.GetRepeatedString(*message, field, i);
          if (Erase(&text) == 0) continue;
          ++count;
          reflection.SetRepeatedString(message, field, i, std::move(text));
        }
        continue;
      }
      std::string text = reflection.GetString(*message, field);
      if (Erase(&text) == 0) continue;
      ++count;
      reflection.SetString(message, field, std::move(text));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        count += Erase(reflection.MutableMessage(message, field));
        continue;
      }
      // Backwards, so that what is removed moves nothing that is still to come.
      for (int i = reflection.FieldSize(*message, field) - 1; i >= 0; --i) {
        Message* child = reflection.MutableRepeatedMessage(message, field, i);
        const size_t erased = Erase(child);
        count += erased;
        if (erased == 0 || child->GetDescriptor() != release::v1::Contact::descriptor()) continue;
        for (int k = i; k + 1 < reflection.FieldSize(*message, field); ++k) {
          reflection.SwapElements(message, field, k, k + 1);
        }
        reflection.RemoveLast(message, field);
      }
    }
  }
  return count;
}

}  // namespace dateline::storage
