#pragma once
// A release as linking sees it, and the keys under which others find it. Main text only: boilerplate, contacts, notes,
// captions and related links are left out, so that what a site puts around every release makes none alike. Pure and
// thread-safe.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/storage/linking/link_profile.pb.h"
#include "services/storage/linking/shingles.h"

namespace dateline::storage {

// Changes whenever the profile or the keys of some release change; everything is then linked anew.
inline constexpr int kLinkRulesVersion = 6;

// What is kept of each kind of fact in one release.
inline constexpr int kProfileFactsMax = 64;
inline constexpr size_t kTranslationAnchorsMax = 16;

records::LinkProfile MakeProfile(const release::v1::Release& release);
ShingleSet ShinglesOf(const records::LinkProfile& profile);
inline ShingleView ViewOf(const records::LinkProfile& profile) {
  return {.hashes = {profile.shingles().data(), static_cast<size_t>(profile.shingles_size())},
          .ceiling = profile.shingle_ceiling()};
}

// Releases are compared when the keys that they share weigh this much: a phrase or two that both use is chance. (Of
// 25,000 real releases four in five of those that shared two keys shared no more, and none of them was related.)
inline constexpr int kSharedWeightMin = 3;

struct SoughtKey {
  uint64_t key = 0;
  int weight = 1;
  auto operator<=>(const SoughtKey&) const = default;
};

// `posted` are the keys that the release is kept under, `sought` those under which its like may stand. Ascending.
struct LinkKeys {
  std::vector<uint64_t> posted;
  std::vector<SoughtKey> sought;
};
LinkKeys KeysOf(const records::LinkProfile& profile);

// Names compare equal by this whatever their case, accents, width and punctuation.
std::string FoldedName(std::string_view name);
uint64_t HashText(std::string_view text);
// The hashes of the words of `text`, ascending and distinct, without short and very common ones.
std::vector<uint64_t> WordHashes(std::string_view text);
// "en" of "en-GB".
std::string PrimaryLanguage(const std::string& language);
// Days since 1970; 0 when the date is not known to the day.
int64_t DayNumber(const google::type::Date& date);

}  // namespace dateline::storage
