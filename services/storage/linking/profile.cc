#include "services/storage/linking/profile.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include "common/text/utf8.h"
#include "common/url/canonical.h"
#include "services/storage/linking/minhash.h"
#include "services/storage/linking/name_slots.h"
#include "services/storage/names.h"
#include "services/storage/search_text.h"

namespace dateline::storage {
namespace {

using records::LinkProfile;
using release::v1::Release;
using release::v1::Section;

constexpr size_t kProfileTextBytesMax = 300;
constexpr int kTranslationsMax = 64;
// How much of the text on either side of a figure tells what it counts.
constexpr size_t kContextBytes = 60;
// Smaller whole numbers stand in too many releases to tell which is a translation of which.
constexpr double kAnchorNumberMin = 13;
constexpr size_t kAnchorNameBytesMin = 6;

bool IsMain(Section::Kind kind) {
  switch (kind) {
    case Section::LEAD:
    case Section::BODY:
    case Section::HEADING:
    case Section::QUOTE:
    case Section::LIST:
    case Section::TABLE:
      return true;
    default:
      return false;
  }
}

std::string MainText(const Release& release) {
  std::string main;
  const std::string_view text = release.text();
  for (const Section& section : release.sections()) {
    const auto& span = section.span();
    if (!IsMain(section.kind()) || span.start() > span.end() || span.end() > text.size()) continue;
    main.append(text.substr(span.start(), span.end() - span.start()));
    main += "\n\n";
  }
  return main.empty() ? release.text() : main;
}

std::string Short(std::string_view text) {
  return Shorten(text, kProfileTextBytesMax);
}

// Words that nearly every text has, in the languages of our packs; they make no two events or figures alike.
bool SaysLittle(std::string_view term) {
  static constexpr std::string_view kCommon[] = {
      "a",    "an",   "the",  "of",  "in",  "on",   "at",  "to",   "for",   "and", "or",   "by",   "with",
      "from", "as",   "is",   "are", "was", "were", "be",  "has",  "had",   "its", "this", "that", "le",
      "la",   "les",  "de",   "des", "du",  "et",   "en",  "un",   "une",   "el",  "los",  "las",  "del",
      "y",    "der",  "die",  "das", "den", "und",  "im",  "von",  "mit",   "auf", "e",    "i",    "o",
      "da",   "dans", "pour", "aux", "au",  "se",   "que", "over", "about", "than"};
  return std::find(std::begin(kCommon), std::end(kCommon), term) != std::end(kCommon);
}

bool IsLatin(std::string_view text) {
  bool letters = false;
  for (size_t at = 0; at < text.size();) {
    const text::CodePoint c = text::CodePointAt(text, at);
    at += c.length;
    if (c.value > 0x24F) return false;
    letters = letters || c.value > 0x40;
  }
  return letters;
}

// The hashes of the words that begin with a capital, but not because a sentence begins there; ascending and distinct.
std::vector<uint64_t> NameHashes(std::string_view text) {
  std::vector<uint64_t> hashes;
  bool sentence_begins = true;
  for (size_t at = 0; at < text.size();) {
    at += text::SpaceAt(text, at);
    const size_t end = std::min(text::FindSpace(text, at), text.size());
    if (end == at) break;
    const std::string_view word = text.substr(at, end - at);
    const bool capital = u_isupper(static_cast<UChar32>(text::CodePointAt(word, 0).value));
    if (capital && !sentence_begins) {
      for (const uint64_t hash : WordHashes(word)) hashes.push_back(hash);
    }
    sentence_begins = word.find_first_of(".!?:") == word.size() - 1;
    at = end;
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

void AddEvents(const Release& release, LinkProfile* profile) {
  for (const auto& event : release.events()) {
    if (profile->events_size() == kProfileFactsMax) return;
    auto* kept = profile->add_events();
    kept->set_text(Short(event.text()));
    for (const uint64_t word : WordHashes(event.text())) kept->add_words(word);
    kept->set_place(Short(event.place()));
    if (event.has_date()) *kept->mutable_date() = event.date();
    kept->set_duration_days(event.duration_days());
  }
}

void AddFigures(const Release& release, LinkProfile* profile) {
  const std::string_view text = release.text();
  for (const auto& figure : release.figures()) {
    if (profile->figures_size() == kProfileFactsMax) return;
    const auto& span = figure.span();
    if (span.start() > span.end() || span.end() > text.size()) continue;
    auto* kept = profile->add_figures();
    kept->set_text(Short(figure.text()));
    kept->set_value(figure.value());
    kept->set_unit(Short(figure.unit()));
    size_t begin = span.start() > kContextBytes ? span.start() - kContextBytes : 0;
    while (begin > 0 && !text::IsBoundary(text, begin)) --begin;
    const std::string_view rest = text::TruncateUtf8(text.substr(span.end()), kContextBytes);
    const std::string around = std::string(text.substr(begin, span.start() - begin)) + " " + std::string(rest);
    for (const uint64_t word : WordHashes(around)) kept->add_context(word);
    for (const uint64_t name : NameHashes(text.substr(begin, span.end() + rest.size() - begin))) kept->add_names(name);
    kept->set_comparator(Short(figure.comparator()));
  }
}

void AddNames(const Release& release, LinkProfile* profile) {
  for (const auto& person : release.people()) {
    if (profile->people_size() == kProfileFactsMax) break;
    auto* kept = profile->add_people();
    kept->set_display_name(Short(person.display_name()));
    kept->set_role(Short(person.role()));
    kept->set_organization(Short(person.organization()));
  }
  for (const auto& contact : release.contacts()) {
    if (profile->contacts_size() == kProfileFactsMax) break;
    auto* kept = profile->add_contacts();
    kept->set_display_name(Short(contact.display_name()));
    kept->set_email(Short(contact.email()));
    for (const auto& phone : contact.phones()) kept->add_phones(phone.e164().empty() ? phone.raw() : phone.e164());
  }
  for (const auto& body : release.organizations()) {
    if (profile->bodies_size() == kProfileFactsMax) break;
    profile->add_bodies(HashText(FoldedName(body.display_name())));
  }
  for (const auto& programme : release.programmes()) {
    if (profile->bodies_size() == 2 * kProfileFactsMax) break;
    profile->add_bodies(HashText(FoldedName(programme.display_name())));
  }
}

// What a translation leaves as it is.
void AddAnchors(const Release& release, LinkProfile* profile) {
  std::vector<uint64_t> anchors;
  for (const auto& figure : release.figures()) {
    const double value = figure.value();
    if (value == std::floor(value) && value < kAnchorNumberMin) continue;
    anchors.push_back(HashText(fmt::format("number {}", value)));
  }
  for (const auto& person : release.people()) {
    const std::string name = FoldedName(person.display_name());
    if (IsLatin(name) && name.size() >= kAnchorNameBytesMin && name.find(' ') != std::string::npos)
      anchors.push_back(HashText("name " + name));
  }
  std::sort(anchors.begin(), anchors.end());
  anchors.erase(std::unique(anchors.begin(), anchors.end()), anchors.end());
  if (anchors.size() > kTranslationAnchorsMax) anchors.resize(kTranslationAnchorsMax);
  for (const uint64_t anchor : anchors) profile->add_anchors(anchor);
}

std::string CanonicalOr(const std::string& uri) {
  auto canonical = url::Canonicalize(uri);
  return canonical.ok() ? *std::move(canonical) : uri;
}

std::string Issuer(const Release& release) {
  if (!release.source().empty()) return release.source();
  std::string host = UriHost(release.uri());
  return host.rfind("www.", 0) == 0 ? host.substr(4) : host;
}

// Collects the keys of a release.
class KeyCollector {
 public:
  // Posted and sought alike.
  void Share(uint64_t key, int weight) {
    Post(key);
    Seek(key, weight);
  }
  void Post(uint64_t key) { keys_.posted.push_back(key); }
  void Seek(uint64_t key, int weight) { keys_.sought.push_back({.key = key, .weight = weight}); }

  // The keys, each once, with the greatest of its weights.
  LinkKeys Take() {
    std::sort(keys_.posted.begin(), keys_.posted.end());
    keys_.posted.erase(std::unique(keys_.posted.begin(), keys_.posted.end()), keys_.posted.end());
    std::sort(keys_.sought.begin(), keys_.sought.end(), [](const SoughtKey& a, const SoughtKey& b) {
      return a.key != b.key ? a.key < b.key : a.weight > b.weight;
    });
    const auto same = [](const SoughtKey& a, const SoughtKey& b) { return a.key == b.key; };
    keys_.sought.erase(std::unique(keys_.sought.begin(), keys_.sought.end(), same), keys_.sought.end());
    return std::move(keys_);
  }

 private:
  LinkKeys keys_;
};

// Of the words. A text of few has few keys to share: with it one is enough, whichever of the two came first. Of two
// texts alone anchors find what bands find; bands also tell a letter from hundreds of the same form.
void AddTextKeys(const LinkProfile& profile, KeyCollector* keys) {
  const ShingleSet set = ShinglesOf(profile);
  const bool is_short = set.hashes.size() < kFewShingles;
  const std::vector<uint64_t> bands = BandKeys(set, MakeSignature(set));
  for (const uint64_t band : bands) keys->Share(band, is_short ? kSharedWeightMin : 1);
  for (const uint64_t anchor : AnchorKeys(set)) {
    const uint64_t of_short = HashText(fmt::format("short {:x}", anchor));
    keys->Share(anchor, is_short ? kSharedWeightMin : 1);
    keys->Seek(of_short, kSharedWeightMin);
    if (is_short) keys->Post(of_short);
  }
  // A text of a few words has no bands, but may be the same.
  if (bands.empty() && profile.text_hash() != 0)
    keys->Share(HashText(fmt::format("text {}", profile.text_hash())), kSharedWeightMin);
}

// Where and when: the keys of a happening. Events that lack place or day give only the key of their words.
void AddEventKeys(const LinkProfile& profile, KeyCollector* keys) {
  for (const auto& event : profile.events()) {
    const std::string place = FoldedName(event.place());
    const auto& date = event.date();
    if (!place.empty() && date.month() != 0 && date.day() != 0)
      keys->Share(HashText(fmt::format("event {} {} {}", date.month(), date.day(), place)), kSharedWeightMin);
    if (event.words_size() < 2) continue;
    std::string words = "event of";
    for (const uint64_t word : event.words()) words += fmt::format(" {:x}", word);
    keys->Share(HashText(words), kSharedWeightMin);
    if (date.month() != 0 && date.day() != 0) {
      for (const uint64_t word : event.words())
        keys->Share(HashText(fmt::format("event {} {} {:x}", date.month(), date.day(), word)), 1);
    }
  }
}

}  // namespace

std::string FoldedName(std::string_view name) {
  return IndexForm(name);
}

uint64_t HashText(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::vector<uint64_t> WordHashes(std::string_view text) {
  std::vector<uint64_t> hashes;
  for (const Term& term : SearchTerms(text)) {
    if (!SaysLittle(term.text)) hashes.push_back(HashText(term.text));
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

std::string PrimaryLanguage(const std::string& language) {
  return language.substr(0, language.find('-'));
}

int64_t DayNumber(const google::type::Date& date) {
  if (date.year() <= 0 || date.month() <= 0 || date.day() <= 0) return 0;
  const std::chrono::year_month_day day{std::chrono::year(date.year()),
                                        std::chrono::month(static_cast<unsigned>(date.month())),
                                        std::chrono::day(static_cast<unsigned>(date.day()))};
  return day.ok() ? std::chrono::sys_days(day).time_since_epoch().count() : 0;
}

LinkProfile MakeProfile(const Release& release) {
  LinkProfile profile;
  const std::string main = MainText(release);
  const std::vector<Term> terms = SearchTerms(main);
  const ShingleSet set = MakeShingles(terms);
  for (const uint32_t slot : NameSlots(main, terms)) profile.add_name_slots(slot);
  profile.mutable_shingles()->Add(set.hashes.begin(), set.hashes.end());
  profile.set_shingle_ceiling(set.ceiling);
  profile.set_text_hash(set.text_hash);
  profile.set_terms(static_cast<uint32_t>(set.terms));
  profile.set_name(release.name());
  profile.set_uri(release.uri());
  profile.set_language(release.language());
  profile.set_issuer(Issuer(release));
  if (DayNumber(release.publish().date()) != 0) *profile.mutable_date() = release.publish().date();
  for (const auto& translation : release.translations()) {
    if (profile.translation_uris_size() == kTranslationsMax) break;
    std::string uri = CanonicalOr(translation.uri());
    if (uri != release.uri()) profile.add_translation_uris(std::move(uri));
  }
  AddEvents(release, &profile);
  AddFigures(release, &profile);
  AddNames(release, &profile);
  AddAnchors(release, &profile);
  return profile;
}

ShingleSet ShinglesOf(const LinkProfile& profile) {
  ShingleSet set;
  set.hashes.assign(profile.shingles().begin(), profile.shingles().end());
  set.ceiling = profile.shingle_ceiling();
  set.text_hash = profile.text_hash();
  set.terms = profile.terms();
  return set;
}

LinkKeys KeysOf(const LinkProfile& profile) {
  KeyCollector keys;
  AddTextKeys(profile, &keys);
  for (const uint64_t anchor : profile.anchors())
    keys.Share(HashText(fmt::format("anchor {} {:x}", profile.issuer(), anchor)), 1);
  AddEventKeys(profile, &keys);
  const auto at = [](const std::string& uri) { return HashText("at " + uri); };
  const auto translated_at = [](const std::string& uri) { return HashText("translated at " + uri); };
  keys.Post(at(profile.uri()));
  keys.Seek(translated_at(profile.uri()), kSharedWeightMin);
  for (const std::string& uri : profile.translation_uris()) {
    keys.Post(translated_at(uri));
    keys.Seek(at(uri), kSharedWeightMin);
  }
  return keys.Take();
}

}  // namespace dateline::storage
