#include "services/extraction/facts/contacts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/contact_pieces.h"
#include "services/extraction/facts/contact_tokens.h"
#include "services/extraction/facts/contact_words.h"
#include "services/extraction/facts/phones.h"
#include "services/extraction/notice.h"

namespace dateline::extraction {
namespace {

using release::v1::Contact;

// The head of a contact section in which contacts are looked for.
constexpr std::size_t kMaxContactBytes = std::size_t{64} << 10;

// Collects the parts of one contact after another.
class Builder {
 public:
  Builder(std::string_view text, std::vector<std::string> regions, release::v1::Release* release)
      : text_(text), regions_(std::move(regions)), release_(release) {}

  void Name(Piece piece) {
    if (!contact_.display_name().empty() || HasValues()) Flush(false);
    contact_.set_display_name(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  // Another person at the same number: "Lee Hart and Ada Quay, 202/555-0100".
  void AlsoName(Piece piece) { others_.emplace_back(text_.substr(piece.begin, piece.end - piece.begin)); }
  void Organization(Piece piece) {
    if (HasValues()) Flush(false);
    if (!contact_.organization().empty()) return;
    contact_.set_organization(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  void Role(Piece piece) {
    if (!contact_.role().empty() || HasValues()) return;
    contact_.set_role(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  void Email(Piece piece) {
    if (!contact_.email().empty()) Flush(true);
    std::string email(text_.substr(piece.begin, piece.end - piece.begin));
    for (std::size_t i = email.find('@'); i < email.size(); ++i) {
      if (email[i] >= 'A' && email[i] <= 'Z') email[i] = static_cast<char>(email[i] - 'A' + 'a');
    }
    contact_.set_email(email);
    Extend(piece);
  }
  void Phone(Piece piece) {
    // A number costs as much as a paragraph, and releases repeat their numbers.
    const std::string_view raw = text_.substr(piece.begin, piece.end - piece.begin);
    const auto [known, fresh] = judged_.try_emplace(raw);
    if (fresh) known->second = JudgePhone(raw, regions_);
    release::v1::Phone phone = known->second;
    phone.mutable_span()->set_start(static_cast<std::uint32_t>(piece.begin));
    phone.mutable_span()->set_end(static_cast<std::uint32_t>(piece.end));
    *contact_.add_phones() = std::move(phone);
    Extend(piece);
  }
  // A street or postcode was read: the lines up to the next value are places, not people.
  void MarkAddress() { in_address_ = true; }
  bool in_address() const { return in_address_ && !HasValues(); }
  bool placed() const { return !contact_.organization().empty(); }
  bool named() const { return !contact_.display_name().empty() && !HasValues(); }

  // Ends the contact. With `same` the next one begins with the same name and organisation.
  void Flush(bool same) {
    Contact next;
    if (same) {
      next.set_display_name(contact_.display_name());
      next.set_organization(contact_.organization());
      next.set_role(contact_.role());
    }
    if (HasValues() && static_cast<std::size_t>(release_->contacts_size()) < kMaxContacts) {
      contact_.mutable_span()->set_start(static_cast<std::uint32_t>(begin_));
      contact_.mutable_span()->set_end(static_cast<std::uint32_t>(end_));
      const bool sure = !contact_.email().empty() || (contact_.phones_size() > 0 && contact_.phones(0).valid());
      contact_.set_confidence(sure ? release::v1::HIGH : release::v1::MEDIUM);
      contact_.set_rule(contact_.display_name().empty() ? "contact.office" : "contact.person");
      const int first = release_->contacts_size();
      *release_->add_contacts() = std::move(contact_);
      for (const std::string& name : others_) {
        if (static_cast<std::size_t>(release_->contacts_size()) >= kMaxContacts) break;
        Contact copy = release_->contacts(first);
        copy.set_display_name(name);
        *release_->add_contacts() = std::move(copy);
      }
    }
    if (!same) others_.clear();
    contact_ = std::move(next);
    started_ = false;
    in_address_ = false;
  }

 private:
  bool HasValues() const { return !contact_.email().empty() || contact_.phones_size() > 0; }
  void Extend(Piece piece) {
    if (!started_) begin_ = piece.begin;
    started_ = true;
    end_ = piece.end;
  }

  std::string_view text_;
  std::vector<std::string> regions_;
  release::v1::Release* release_;
  Contact contact_;
  std::unordered_map<std::string_view, release::v1::Phone> judged_;
  std::vector<std::string> others_;  // who else is reached there
  bool started_ = false;
  bool in_address_ = false;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// "IP/22/4521": the number of a document is no address.
bool IsReference(std::string_view text, Piece piece) {
  const std::string_view s = text.substr(piece.begin, piece.end - piece.begin);
  return s.find('/') != std::string_view::npos && s.find(' ') == std::string_view::npos;
}

void ReadSegment(std::string_view text, Piece segment, bool after_cue, const Gazetteer& gazetteer, Builder& builder) {
  bool named = builder.named();
  // A line with numbers of its own is an address.
  const bool digits =
      text.substr(segment.begin, segment.end - segment.begin).find_first_of("0123456789") != std::string_view::npos;
  for (Piece piece : Pieces(text, segment)) {
    // "Peter Hart FAO Media Relations": the body begins where the capitals do.
    if (const auto parts = NameAndBody(text, piece, gazetteer, after_cue); parts.has_value() && !named) {
      builder.Name(DropHonorific(text, parts->first));
      named = true;
      piece = parts->second;
    }
    if (const auto pair = TwoNames(text, piece, gazetteer, after_cue); pair.has_value() && !named) {
      builder.Name(DropHonorific(text, pair->first));
      builder.AlsoName(DropHonorific(text, pair->second));
      named = true;
      continue;
    }
    const Piece name = DropHonorific(text, piece);
    const bool in_address = !after_cue && (digits || builder.in_address());
    if (!in_address && IsPersonName(text, name, gazetteer, after_cue)) {
      // What stands behind a name and looks like one is the firm: "Lee Hart, Basin Pumps".
      if (named && !builder.placed()) {
        builder.Organization(name);
      } else {
        builder.Name(name);
      }
      named = true;
    } else if (HasWordOf(text, piece, RoleWords()) && StartsUpper(text, piece)) {
      builder.Role(piece);
    } else if (IsOrganization(text, piece, named)) {
      builder.Organization(piece);
    } else if (HasWordOf(text, piece, AddressWords()) || (digits && !IsReference(text, piece))) {
      builder.MarkAddress();
    }
  }
}

// Whether the word around `at` is an address of the web: its digits are no telephone number.
bool InUrl(std::string_view line, std::size_t at) {
  const std::size_t space = line.rfind(' ', at);
  const std::string_view word = line.substr(space == std::string_view::npos ? 0 : space + 1);
  const std::string_view head = word.substr(0, word.find(' '));
  return head.find("://") != std::string_view::npos || head.starts_with("www.");
}

void ReadLine(std::string_view text, Piece line, const Gazetteer& gazetteer, Builder& builder) {
  const std::string_view s = text.substr(line.begin, line.end - line.begin);
  struct Token {
    Piece at;
    bool email;
    bool skip;
  };
  std::vector<Token> tokens;
  for (const TokenSpan& email : FindEmails(s))
    tokens.push_back({{line.begin + email.begin, line.begin + email.end}, true, false});
  for (const PhoneSpan& phone : FindPhones(s)) {
    const Piece at{line.begin + phone.span.begin, line.begin + phone.span.end};
    const bool overlaps = std::any_of(tokens.begin(), tokens.end(),
                                      [&](const Token& t) { return at.begin < t.at.end && t.at.begin < at.end; });
    if (!overlaps && !InUrl(s, phone.span.begin)) tokens.push_back({at, false, phone.fax});
  }
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) { return a.at.begin < b.at.begin; });
  const std::size_t behind = BehindCue(s);
  std::size_t begin = line.begin + behind;
  for (const Token& token : tokens) {
    if (token.at.begin > begin) ReadSegment(text, {begin, token.at.begin}, behind > 0, gazetteer, builder);
    if (!token.skip) {
      if (token.email)
        builder.Email(token.at);
      else
        builder.Phone(token.at);
    }
    begin = std::max(begin, token.at.end);
    // "(Brussels)" behind a number says where it rings.
    const std::string_view rest = text.substr(begin, line.end - begin);
    if (rest.starts_with(" (") || rest.starts_with("(")) begin += std::min(rest.find(')'), rest.size() - 1) + 1;
  }
  if (begin < line.end) ReadSegment(text, {begin, line.end}, behind > 0, gazetteer, builder);
}

// Regions that the contact section itself tells: numbers with country code, addresses of national domains.
void AppendLocalRegions(std::string_view section, const Gazetteer& gazetteer, std::vector<std::string>& regions) {
  const auto add = [&](std::string region) {
    if (!region.empty() && std::find(regions.begin(), regions.end(), region) == regions.end())
      regions.push_back(std::move(region));
  };
  std::unordered_set<std::string_view> asked;
  for (const PhoneSpan& phone : FindPhones(section)) {
    const std::string_view raw = section.substr(phone.span.begin, phone.span.end - phone.span.begin);
    if (asked.insert(raw).second) add(RegionOfPhone(raw));
  }
  for (const TokenSpan& email : FindEmails(section)) {
    const std::string_view address = section.substr(email.begin, email.end - email.begin);
    const std::string_view top = address.substr(address.rfind('.') + 1);
    std::string code;
    for (const char c : top) code.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (code == "UK") code = "GB";
    if (code == "GOV" || code == "MIL") code = "US";
    if (code.size() == 2 && gazetteer.IsRegion(code)) add(code);
  }
}

}  // namespace

void FindContacts(const std::vector<std::string>& regions, const Gazetteer& gazetteer, release::v1::Release* release) {
  const std::string text = release->text();
  bool cut = false;
  for (const release::v1::Section& section : release->sections()) {
    if (section.kind() != release::v1::Section::CONTACT) continue;
    // No release has more; each number costs libphonenumber some hundred times what other text costs.
    const std::string_view read = text::TruncateUtf8(
        std::string_view(text).substr(section.span().start(), section.span().end() - section.span().start()),
        kMaxContactBytes);
    const Piece range{section.span().start(), section.span().start() + read.size()};
    cut = cut || range.end < section.span().end();
    std::vector<std::string> all;
    AppendLocalRegions(std::string_view(text).substr(range.begin, range.end - range.begin), gazetteer, all);
    for (const std::string& region : regions) {
      if (std::find(all.begin(), all.end(), region) == all.end()) all.push_back(region);
    }
    Builder builder(text, std::move(all), release);
    for (std::size_t begin = range.begin; begin < range.end;) {
      std::size_t end = text.find('\n', begin);
      if (end == std::string::npos || end > range.end) end = range.end;
      if (end > begin) ReadLine(text, {begin, end}, gazetteer, builder);
      begin = end + 1;
    }
    builder.Flush(false);
  }
  if (cut || static_cast<std::size_t>(release->contacts_size()) >= kMaxContacts) {
    AddNotice("TRUNCATED",
              fmt::format("Contacts were looked for in the first {} bytes of each part that gives them, and the first "
                          "{} kept.",
                          kMaxContactBytes, kMaxContacts),
              release);
  }
}

}  // namespace dateline::extraction
