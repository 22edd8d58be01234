#include "services/extraction/page/author_choice.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/gazetteer/word_table.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/desk_names.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxSigns = 100;
constexpr long kVeryNearBytes = 160;
// So many different names far from the headline are a list of teasers or comments.
constexpr std::size_t kCrowdSize = 3;

constexpr std::uint8_t Index(AuthorFeature feature) {
  return static_cast<std::uint8_t>(feature);
}

bool StandsInPage(AuthorSource source) {
  return source >= AuthorSource::kMicrodata && source <= AuthorSource::kNameLine;
}

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool EqualsFolded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

// What of a name the text of a page shows.
struct Shown {
  bool last_word = false;
  bool whole = false;
};

Shown ShowsName(const HtmlTree& tree, std::string_view name) {
  const std::string_view last = name.substr(name.rfind(' ') + 1);
  Shown shown;
  if (last.empty()) return shown;
  const char first = LowerAscii(last[0]);
  const std::size_t before = name.size() - last.size();
  const std::vector<HtmlNode>& nodes = tree.nodes();
  for (std::size_t i = 0; i < nodes.size() && !shown.whole;) {
    const HtmlNode& node = nodes[i];
    if (node.tag == Tag::kHead || node.tag == Tag::kScript || node.tag == Tag::kStyle) {
      i = node.end;
      continue;
    }
    ++i;
    const std::string_view text = node.text;
    if (node.tag != Tag::kText || text.size() < last.size()) continue;
    // Pages set names in capitals too.
    for (std::size_t at = 0; at + last.size() <= text.size(); ++at) {
      if (LowerAscii(text[at]) != first || !EqualsFolded(text.substr(at, last.size()), last)) continue;
      shown.last_word = true;
      if (at >= before && EqualsFolded(text.substr(at - before, name.size()), name)) shown.whole = true;
    }
  }
  return shown;
}

// "pierfan", "ada77", "AdaQuay".
bool IsAccountName(std::string_view name) {
  bool small_before = false;
  bool first = true;
  for (std::size_t i = 0; i < name.size();) {
    const text::CodePoint c = text::CodePointAt(name, i);
    const auto point = static_cast<UChar32>(c.value);
    if (u_isdigit(point) != 0 || point == '_') return true;
    if (first && u_isULowercase(point) != 0) return true;
    if (small_before && u_isUUppercase(point) != 0) return true;
    small_before = u_isULowercase(point) != 0;
    first = false;
    i += c.length;
  }
  return false;
}

bool HoldsOrdinaryWord(std::string_view name) {
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find(' ', begin), name.size());
    if (WordTable::Find(name.substr(begin, end - begin)) == kOrdinaryWord) return true;
    begin = end + 1;
  }
  return false;
}

// A candidate while its signs are gathered.
struct Group {
  AuthorCandidate candidate;
  std::vector<std::string> keys;  // sorted
  std::array<bool, kAuthorSourceCount> near = {};
  std::array<bool, kAuthorSourceCount> far = {};
  long distance = -1;  // of the nearest sign at the headline
};

class Weigher {
 public:
  explicit Weigher(const AuthorContext& context) : context_(context) {}

  std::vector<AuthorCandidate> Run(const std::vector<AuthorSign>& signs) {
    for (std::size_t i = 0; i < std::min(signs.size(), kMaxSigns); ++i) Add(signs[i]);
    for (const Group& group : groups_) {
      crowd_ += Far(group) && !Near(group) && !HasJson(group) ? 1 : 0;
      nearest_ = group.distance >= 0 && (nearest_ < 0 || group.distance < nearest_) ? group.distance : nearest_;
    }
    // A conditional logit: the candidates compete with each other and with nobody, whose weight is 1.
    double total = 1;
    for (Group& group : groups_) {
      Describe(group);
      double sum = 0;
      for (std::size_t i = 0; i < kAuthorFeatureCount; ++i) {
        if (group.candidate.features[i]) sum += kAuthorWeights[i];
      }
      group.candidate.probability = IsHiddenFirm(group.candidate) ? 0 : std::exp(sum);
      total += group.candidate.probability;
    }
    std::vector<AuthorCandidate> candidates;
    for (Group& group : groups_) {
      group.candidate.probability /= total;
      candidates.push_back(std::move(group.candidate));
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const AuthorCandidate& a, const AuthorCandidate& b) { return a.probability > b.probability; });
    return candidates;
  }

 private:
  void Add(const AuthorSign& sign) {
    std::vector<std::string> keys;
    for (const std::string& name : sign.names) keys.push_back(NameKey(name));
    std::sort(keys.begin(), keys.end());
    if (keys.empty() || keys.front().empty() || keys.front() == context_.title_key) return;
    auto it = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) { return group.keys == keys; });
    if (it == groups_.end()) {
      it = groups_.insert(groups_.end(), Group{});
      it->keys = std::move(keys);
      it->candidate.names = sign.names;
    }
    const auto source = static_cast<std::size_t>(sign.source);
    const bool in_page = StandsInPage(sign.source);
    (in_page && !sign.near ? it->far : it->near)[source] = true;
    if (in_page && sign.near && (it->distance < 0 || sign.distance < it->distance)) it->distance = sign.distance;
    if (it->candidate.uri.empty()) it->candidate.uri = sign.uri;
    std::vector<AuthorSource>& sources = it->candidate.sources;
    const auto place = std::lower_bound(sources.begin(), sources.end(), sign.source);
    if (place == sources.end() || *place != sign.source) sources.insert(place, sign.source);
  }

  // Firms and sites that only machines are told wrote the page are nobody's byline.
  static bool IsHiddenFirm(const AuthorCandidate& candidate) {
    const auto has = [&](AuthorFeature feature) { return candidate.features[Index(feature)]; };
    if (!has(AuthorFeature::kHidden)) return false;
    return has(AuthorFeature::kOrganization) ||
           (has(AuthorFeature::kSiteHidden) && candidate.sources.front() != AuthorSource::kJsonPerson);
  }

  static bool Has(const Group& group, AuthorSource source) { return group.near[static_cast<std::size_t>(source)]; }
  static bool HasJson(const Group& group) {
    return Has(group, AuthorSource::kJsonPerson) || Has(group, AuthorSource::kJsonUntyped);
  }
  static bool HasMeta(const Group& group) {
    return Has(group, AuthorSource::kMeta) || Has(group, AuthorSource::kNewsMeta) || Has(group, AuthorSource::kCard);
  }
  static bool Near(const Group& group) { return group.distance >= 0; }
  static bool Far(const Group& group) {
    return std::any_of(group.far.begin(), group.far.end(), [](bool far) { return far; });
  }

  void Describe(Group& group) const {
    AuthorFeatures& f = group.candidate.features;
    const auto set = [&](AuthorFeature feature, bool value) { f[Index(feature)] = value; };
    set(AuthorFeature::kBias, true);
    for (std::size_t i = 0; i < kAuthorSourceCount; ++i) f[Index(AuthorFeature::kSource) + i] = group.near[i];
    for (std::size_t i = static_cast<std::size_t>(AuthorSource::kMicrodata);
         i <= static_cast<std::size_t>(AuthorSource::kNameLine); ++i) {
      f[Index(AuthorFeature::kFarMicrodata) + i - static_cast<std::size_t>(AuthorSource::kMicrodata)] =
          group.far[i] && !group.near[i];
    }
    set(AuthorFeature::kNear, Near(group));
    set(AuthorFeature::kNearest, Near(group) && group.distance == nearest_);
    set(AuthorFeature::kVeryNear, Near(group) && group.distance <= kVeryNearBytes);
    set(AuthorFeature::kTwoSources, group.candidate.sources.size() >= 2);
    set(AuthorFeature::kThreeSources, group.candidate.sources.size() >= 3);
    const bool hidden = !Near(group) && !Far(group);
    set(AuthorFeature::kHidden, hidden);
    if (hidden) {
      const Shown shown = ShowsName(*context_.tree, group.candidate.names.front());
      set(AuthorFeature::kHiddenShown, shown.last_word);
      set(AuthorFeature::kHiddenWhole, shown.whole);
    }
    DescribeNames(group, hidden);
    DescribeRivals(group);
    set(AuthorFeature::kLinkNamed,
        !group.candidate.uri.empty() &&
            NameKey(group.candidate.uri).find(NameKey(group.candidate.names.front())) != std::string::npos);
    set(AuthorFeature::kOnlyLine, group.candidate.sources.front() >= AuthorSource::kDatedLine &&
                                      group.candidate.sources.back() <= AuthorSource::kNameLine);
    set(AuthorFeature::kArticle, context_.article);
    set(AuthorFeature::kDiscussion, context_.discussion);
    set(AuthorFeature::kFrontPage, context_.front_page);
    set(AuthorFeature::kCrowd, crowd_ >= kCrowdSize);
    set(AuthorFeature::kCrowdFar, crowd_ >= kCrowdSize && Far(group) && !Near(group));
  }

  void DescribeNames(Group& group, bool hidden) const {
    AuthorFeatures& f = group.candidate.features;
    const auto set = [&](AuthorFeature feature, bool value) { f[Index(feature)] = value; };
    const std::vector<std::string>& names = group.candidate.names;
    const bool single = std::any_of(names.begin(), names.end(),
                                    [](const std::string& name) { return name.find(' ') == std::string::npos; });
    const bool account = single && std::any_of(names.begin(), names.end(), IsAccountName);
    set(AuthorFeature::kSingle, single);
    set(AuthorFeature::kAccount, account);
    set(AuthorFeature::kTypedSingle,
        single && (Has(group, AuthorSource::kJsonPerson) || Has(group, AuthorSource::kMicrodata)));
    set(AuthorFeature::kHiddenAccount, hidden && account);
    set(AuthorFeature::kOrganization, std::any_of(names.begin(), names.end(), NamesNoPerson));
    set(AuthorFeature::kDesk, Near(group) && IsDeskName(names.front()));
    const std::string& first = names.front();
    const auto traits = [](std::string_view word) { return WordTable::Find(word); };
    set(AuthorFeature::kGivenName, (traits(first.substr(0, first.find(' '))) & (kMaleName | kFemaleName)) != 0);
    set(AuthorFeature::kFamilyName, !single && (traits(first.substr(first.rfind(' ') + 1)) & kLastName) != 0);
    set(AuthorFeature::kOrdinaryWord, std::any_of(names.begin(), names.end(), HoldsOrdinaryWord));
    bool site = false;
    bool like = false;
    for (const std::string& key : group.keys) {
      for (const std::string& known : context_.site_keys) {
        site = site || key == known;
        const bool inside = known.find(key) != std::string::npos || key.find(known) != std::string::npos;
        like = like || (inside && std::min(key.size(), known.size()) * 2 > std::max(key.size(), known.size()));
      }
    }
    set(AuthorFeature::kSite, site);
    set(AuthorFeature::kSiteLike, like && !site);
    set(AuthorFeature::kSiteHidden, hidden && (site || like));
    set(AuthorFeature::kSiteNear, site && Near(group));
    set(AuthorFeature::kSitePerson, site && Has(group, AuthorSource::kJsonPerson));
    if (hidden) DescribeHidden(group, single);
    set(AuthorFeature::kSeveral, names.size() == 2);
    set(AuthorFeature::kMany, names.size() > 2);
  }

  void DescribeHidden(Group& group, bool single) const {
    AuthorFeatures& f = group.candidate.features;
    f[Index(AuthorFeature::kHiddenTwice)] = group.candidate.sources.size() >= 2;
    f[Index(AuthorFeature::kHiddenPerson)] = Has(group, AuthorSource::kJsonPerson);
    f[Index(AuthorFeature::kHiddenCard)] = Has(group, AuthorSource::kCard);
    f[Index(AuthorFeature::kHiddenGiven)] = f[Index(AuthorFeature::kGivenName)];
    f[Index(AuthorFeature::kHiddenSingle)] = single;
  }

  void DescribeRivals(Group& group) const {
    AuthorFeatures& f = group.candidate.features;
    const auto mark = [&](AuthorFeature feature) { f[Index(feature)] = true; };
    for (const Group& other : groups_) {
      if (&other == &group) continue;
      const bool inner = std::includes(group.keys.begin(), group.keys.end(), other.keys.begin(), other.keys.end());
      const bool outer = std::includes(other.keys.begin(), other.keys.end(), group.keys.begin(), group.keys.end());
      if (inner) {
        mark(AuthorFeature::kSuperset);
        if (HasJson(group) || HasMeta(group)) mark(AuthorFeature::kSupersetMachine);
        if (group.candidate.sources.size() >= 2) mark(AuthorFeature::kSupersetTwice);
      }
      if (outer) {
        mark(AuthorFeature::kSubset);
        if (HasJson(other) || HasMeta(other)) mark(AuthorFeature::kSubsetMachine);
      }
      if (inner || outer) continue;
      if (HasJson(other) && !HasJson(group)) mark(AuthorFeature::kRivalJson);
      if (Near(other) && (!Near(group) || other.distance < group.distance)) mark(AuthorFeature::kRivalNear);
      if (HasMeta(other) && !HasMeta(group)) mark(AuthorFeature::kRivalMeta);
    }
  }

  const AuthorContext& context_;
  std::vector<Group> groups_;
  std::size_t crowd_ = 0;
  long nearest_ = -1;
};

}  // namespace

std::string_view AuthorRule(AuthorSource source) {
  switch (source) {
    case AuthorSource::kJsonPerson:
    case AuthorSource::kJsonUntyped:
    case AuthorSource::kJsonOrganization:
    case AuthorSource::kJsonPage:
      return "author.json_ld";
    case AuthorSource::kMicrodata:
      return "author.microdata";
    case AuthorSource::kByline:
      return "author.byline";
    case AuthorSource::kText:
      return "author.text";
    case AuthorSource::kProfile:
      return "author.link";
    case AuthorSource::kDatedLine:
    case AuthorSource::kNameLine:
      return "author.line";
    default:
      return "author.meta";
  }
}

const AuthorCandidate* ChooseAuthor(const std::vector<AuthorCandidate>& candidates) {
  // Names far from the headline are those of other pages as often, and what only machines are told is as often who
  // typed the page in. The lines were drawn over pages that the weights had not seen.
  constexpr double kMinNear = 0.36;
  constexpr double kMinFar = 0.7;
  constexpr double kMinMentioned = 0.44;
  constexpr double kMinHidden = 0.65;
  // Others that are so near in probability make it a draw; far from the headline any that is not hopeless.
  constexpr double kDraw = 0.9;
  constexpr double kFarDraw = 0.25;
  if (candidates.empty()) return nullptr;
  const AuthorCandidate& best = candidates.front();
  const auto has = [&](AuthorFeature feature) { return best.features[Index(feature)]; };
  const double least = has(AuthorFeature::kHiddenWhole) ? kMinMentioned
                       : has(AuthorFeature::kHidden)    ? kMinHidden
                       : has(AuthorFeature::kNear)      ? kMinNear
                                                        : kMinFar;
  if (best.probability < least) return nullptr;
  const bool far = best.sources.front() >= AuthorSource::kMicrodata && !has(AuthorFeature::kNear);
  const double draw = (far ? kFarDraw : kDraw) * best.probability;
  if (candidates.size() > 1 && candidates[1].probability > draw && candidates[1].names.front() != best.names.front())
    return nullptr;
  return &best;
}

std::vector<AuthorCandidate> WeighAuthors(const std::vector<AuthorSign>& signs, const AuthorContext& context) {
  return Weigher(context).Run(signs);
}

}  // namespace dateline::extraction
