// Places: one sense for each name in a release, chosen by what is near (the country right behind), by the countries
// that the release speaks of, and by size.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/entities.h"

namespace dateline::extraction {
namespace {

constexpr double kUnknownMagnitude = 9;
constexpr double kCountryPrior = 30;
constexpr double kRegionPrior = 26;
constexpr double kStatePrior = 6;
// What evidence weighs, in powers of two of population.
constexpr double kBeside = 16;
constexpr double kSameState = 6;
constexpr double kMentioned = 4;
constexpr double kDatelineCountry = 4;
constexpr double kMaxMentioned = 5;
constexpr double kInState = 13;
// A city of half a million and more that its state is called after is meant before the state, unless the text speaks
// of states; at the head of a release any larger city is.
constexpr int kNamesakeMagnitude = 19;
constexpr int kDatelineMagnitude = 16;
constexpr double kNamesakeCity = 10;
constexpr double kDatelineCity = 20;
// A city of some two million people is meant wherever the text speaks of, unless its namesake is pointed at.
constexpr int kWorldCity = 21;
constexpr double kWorldCityPrior = 7;
// A city of so many people is not looked for elsewhere because another country stands behind it.
constexpr int kLargeMagnitude = 18;
// Two senses in different countries nearer than this leave the country open.
constexpr double kDoubt = 0.75;
// Smaller places abroad are not meant without a sign.
constexpr int kKnownAbroad = 15;
// A state that is spoken of by more than one name.
constexpr std::uint64_t kSeveralNames = ~std::uint64_t{0};
// So many mentions of one name are asked what stands beside them.
constexpr std::size_t kMaxWitnesses = 24;

struct Group {
  std::vector<Mention> mentions;
  std::vector<std::size_t> hits;
  TokenRange fullest;
  float score = 0;
  std::string_view rule;
  bool dateline = false;
};

class PlaceResolver {
 public:
  PlaceResolver(const FactContext& context, const NameText& text, const std::vector<PlaceHit>& hits,
                const release::v1::Release& release)
      : context_(context), text_(text), hits_(hits) {
    if (!release.dateline().country_code().empty()) countries_[release.dateline().country_code()] += kDatelineCountry;
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      by_begin_[hits_[i].tokens.begin] = i;
      CountEvidence(hits_[i]);
    }
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Capital(i)) continue;
      const LexiconHit* hit = context_.analysis.HitAt(i, Lexicon::kDemonyms);
      if (hit != nullptr && !context_.analysis.Entry(*hit).code.empty()) Count(context_.analysis.Entry(*hit).code, 1);
    }
  }

  // The sense of a group; nullopt when it has none. `certain` becomes whether the country is.
  std::optional<PlaceRecord> Resolve(const Group& group, bool* certain) const {
    std::optional<PlaceRecord> best;
    double best_score = -1;
    std::size_t best_hit = 0;
    std::map<std::string_view, double> by_country;
    for (const std::size_t h : group.hits) {
      const PlaceHit& hit = hits_[h];
      for (std::size_t s = 0; s < hit.senses.size(); ++s) {
        const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
        const double alone = Prior(record) + Evidence(record, hit) + Namesake(record, hit, group.dateline);
        double score = alone;
        for (const std::size_t other : group.hits) score = std::max(score, alone + Beside(record, hits_[other]));
        auto& country = by_country[record.country];
        country = std::max(country, score);
        if (score > best_score) {
          best_score = score;
          best_hit = h;
          best = record;
        }
      }
    }
    *certain = true;
    for (const std::size_t h : group.hits) {
      if (const std::string_view country = ElsewhereBeside(hits_[h]); !country.empty()) {
        PlaceRecord elsewhere;
        elsewhere.country = country;
        elsewhere.kind = PlaceKind::kCity;
        return elsewhere;
      }
    }
    // A small place of a country that the text does not speak of, while it speaks of another one, is likely to lie
    // there.
    if (best.has_value() && best->kind != PlaceKind::kCountry && best->magnitude < kKnownAbroad &&
        Evidence(*best, hits_[best_hit]) == 0 &&
        std::any_of(countries_.begin(), countries_.end(), [](const auto& c) { return c.second >= kMaxMentioned; }))
      *certain = false;
    for (const auto& [country, score] : by_country) {
      if (best.has_value() && country != best->country && score > best_score - kDoubt) *certain = false;
    }
    return best;
  }

  // Whether the text speaks of the state of this name by its abbreviation as well: "Wash.".
  bool SpeaksOfState(const PlaceHit& hit) const {
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
      if (record.kind == PlaceKind::kState && record.state != 0 && coded_states_.contains(StateOf(record))) return true;
    }
    return false;
  }

  const std::size_t* HitAt(std::uint32_t token) const {
    const auto at = by_begin_.find(token);
    return at == by_begin_.end() ? nullptr : &at->second;
  }

 private:
  // Countries and states named without doubt speak for places in them.
  void CountEvidence(const PlaceHit& hit) {
    // Of a name with many senses the likeliest has to be one, as "Florida" is a state before all.
    if (hit.senses.size() > 4) {
      PlaceRecord likeliest;
      for (std::size_t s = 0; s < hit.senses.size(); ++s) {
        const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
        if (!hit.senses[s].abbreviation && (s == 0 || Prior(record) > Prior(likeliest))) likeliest = record;
      }
      if (likeliest.kind == PlaceKind::kState) {
        Count(likeliest.country, 1);
        if (likeliest.state != 0) SpeakOf(likeliest, hit);
      }
      return;
    }
    // "Georgia" is no evidence for either of its countries, nor "St. Petersburg".
    bool country = false;
    bool state = false;
    std::set<std::string_view> cities;
    std::set<std::string_view> states;
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
      country |= record.kind == PlaceKind::kCountry;
      state |= record.kind == PlaceKind::kState;
      if (record.kind == PlaceKind::kState) states.insert(record.country);
      if (record.kind == PlaceKind::kCity && record.magnitude > 0) cities.insert(record.country);
    }
    if (country && state) return;
    if (state && std::any_of(cities.begin(), cities.end(), [&](auto c) { return !states.contains(c); })) return;
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
      if (record.kind == PlaceKind::kCountry) Count(record.country, kMentioned);
      if (record.kind != PlaceKind::kState) continue;
      Count(record.country, hit.senses.size() == 1 ? 2 : 1);
      if (record.state != 0) SpeakOf(record, hit);
      if (record.state != 0 && hit.senses[s].abbreviation) coded_states_.insert(StateOf(record));
    }
  }
  void SpeakOf(const PlaceRecord& state, const PlaceHit& hit) {
    const auto [at, first] = states_.try_emplace(StateOf(state), hit.key);
    if (!first && at->second != hit.key) at->second = kSeveralNames;
  }
  void Count(std::string_view country, double weight) {
    double& sum = countries_[std::string(country)];
    sum = std::min(sum + weight, kMaxMentioned);
  }

  static double Prior(const PlaceRecord& record) {
    switch (record.kind) {
      case PlaceKind::kCountry:
        return kCountryPrior;
      case PlaceKind::kRegion:
      case PlaceKind::kNatural:
        return kRegionPrior;
      case PlaceKind::kState:
        return std::max<double>(record.magnitude, kUnknownMagnitude) + kStatePrior;
      default:
        if (record.magnitude == 0) return kUnknownMagnitude;
        return record.magnitude + (record.magnitude >= kWorldCity ? kWorldCityPrior : 0);
    }
  }

  // What speaks for a city against the state or country that is called as it is. A dateline names a city.
  double Namesake(const PlaceRecord& record, const PlaceHit& hit, bool dateline) const {
    if (record.kind != PlaceKind::kCity || record.magnitude < kDatelineMagnitude) return 0;
    bool state = false;
    bool country = false;
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      const PlaceRecord other = context_.gazetteer.Record(hit.senses[s].record);
      state = state || other.kind == PlaceKind::kState;
      country = country || (other.kind == PlaceKind::kCountry && other.country == record.country);
    }
    if (dateline) return state || country ? kDatelineCity : 0;
    if (!state || record.magnitude < kNamesakeMagnitude) return 0;
    const bool others =
        std::any_of(states_.begin(), states_.end(), [&hit](const auto& spoken) { return spoken.second != hit.key; });
    return others ? 0 : kNamesakeCity;
  }

  // What the release speaks of elsewhere: its country, and for what lies in a state that state.
  double Evidence(const PlaceRecord& record, const PlaceHit& hit) const {
    const auto at = countries_.find(record.country);
    double sum = at == countries_.end() ? 0 : at->second;
    if (record.kind == PlaceKind::kCountry || record.kind == PlaceKind::kState || record.state == 0) return sum;
    // A name does not speak for the city in the state that is called as the city is.
    const auto state = states_.find(StateOf(record));
    if (state != states_.end() && state->second != hit.key) sum += kInState;
    return sum;
  }

  // "Santa Rita, New Mexico" where the tables have no Santa Rita there: the country of what stands right behind a small
  // place that lies elsewhere by all its senses; empty when none does.
  std::string_view ElsewhereBeside(const PlaceHit& hit) const {
    if (!text_.Mark(hit.tokens.end, ",")) return {};
    const std::size_t* next = HitAt(hit.tokens.end + 1);
    if (next == nullptr) return {};
    std::string_view country;
    for (std::size_t s = 0; s < hits_[*next].senses.size(); ++s) {
      const PlaceRecord other = context_.gazetteer.Record(hits_[*next].senses[s].record);
      if (other.kind != PlaceKind::kCountry && other.kind != PlaceKind::kState) continue;
      if (!country.empty() && country != other.country) return {};
      country = other.country;
    }
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      const PlaceRecord record = context_.gazetteer.Record(hit.senses[s].record);
      if (record.kind == PlaceKind::kCountry || (record.kind == PlaceKind::kCounty && !record.has_coordinates) ||
          record.magnitude >= kLargeMagnitude || record.country == country)
        return {};
    }
    return country;
  }

  static std::string StateOf(const PlaceRecord& record) {
    return std::string(record.country) + "." + std::to_string(record.state);
  }

  bool MayBeState(const PlaceHit& hit) const {
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      if (context_.gazetteer.Record(hit.senses[s].record).kind == PlaceKind::kState) return true;
    }
    return false;
  }

  // "Washington, Oregon and Idaho": no county of Oregon is meant.
  bool IsListOfStates(const PlaceHit& hit, std::size_t next) const {
    if (next + 1 >= hits_.size() || !MayBeState(hit) || !MayBeState(hits_[next])) return false;
    const std::uint32_t end = hits_[next].tokens.end;
    const PlaceHit& third = hits_[next + 1];
    const bool joined = text_.Mark(end, ",") || text_.Is(end, Lexicon::kConjunctions);
    return joined && third.tokens.begin > end && third.tokens.begin <= end + 2 && MayBeState(third);
  }

  // The next place behind a comma, a bracket or "in": "Guadalajara in Mexico", "Wilmington, DE".
  double Beside(const PlaceRecord& record, const PlaceHit& hit) const {
    for (std::uint32_t i = hit.tokens.end; i < std::min(text_.size(), hit.tokens.end + 3); ++i) {
      const std::size_t* next = HitAt(i);
      if (next != nullptr && i > hit.tokens.end) {
        if (IsListOfStates(hit, *next)) return 0;
        double best = 0;
        for (std::size_t s = 0; s < hits_[*next].senses.size(); ++s) {
          const PlaceRecord other = context_.gazetteer.Record(hits_[*next].senses[s].record);
          if (other.country != record.country || other.kind == PlaceKind::kCity) continue;
          if (other.kind == PlaceKind::kCountry && record.kind != PlaceKind::kCountry) best = std::max(best, kBeside);
          if (other.kind == PlaceKind::kState && record.kind != PlaceKind::kState && other.state == record.state)
            best = std::max(best, kBeside + kSameState);
        }
        return best;
      }
      const bool link = text_.Mark(i, ",") || text_.Mark(i, "(") || text_.Is(i, Lexicon::kPrepositions) ||
                        text_.Is(i, Lexicon::kDeterminers);
      if (!link) return 0;
    }
    return 0;
  }

  const FactContext& context_;
  const NameText& text_;
  const std::vector<PlaceHit>& hits_;
  std::unordered_map<std::uint32_t, std::size_t> by_begin_;
  std::map<std::string, double, std::less<>> countries_;
  std::unordered_map<std::string, std::uint64_t> states_;  // those spoken of, by which name
  std::unordered_set<std::string> coded_states_;           // those that stand there by an abbreviation
};

}  // namespace

void AddPlaces(const FactContext& context, const NameText& text, const Mentions& mentions,
               const std::vector<PlaceHit>& hits, release::v1::Release* release) {
  const PlaceResolver resolver(context, text, hits, *release);
  std::vector<Group> groups;
  std::unordered_map<std::uint64_t, std::size_t> by_key;
  for (const Mention& mention : mentions) {
    if (mention.type != NameType::kPlace) continue;
    // Where the dateline's city and the state of its name are both spoken of, they are two.
    const bool dateline = mention.rule == kDatelineRule;
    const std::size_t* own = resolver.HitAt(mention.tokens.begin);
    std::uint64_t key = NameKeyOf(text.analysis().Text(mention.tokens));
    if (dateline && own != nullptr && resolver.SpeaksOfState(hits[*own])) key = ~key;
    const auto [at, made] = by_key.try_emplace(key, groups.size());
    if (made) groups.push_back({{}, {}, mention.tokens, 0, {}, false});
    Group& group = groups[at->second];
    group.dateline = group.dateline || dateline;
    group.mentions.push_back(mention);
    for (std::uint32_t i = mention.tokens.begin; i < mention.tokens.end && group.hits.size() < kMaxWitnesses; ++i) {
      const std::size_t* hit = resolver.HitAt(i);
      if (hit == nullptr || !Inside(hits[*hit].tokens, mention.tokens)) continue;
      // "Songo La Maya": what the model alone found, or the dateline alone says, is not where a part of its name lies.
      if ((dateline || mention.rule == "place.model") && hits[*hit].tokens.size() != mention.tokens.size()) continue;
      group.hits.push_back(*hit);
    }
    // "GENEVA" of the dateline is called as running text calls it.
    const auto capitals = [&](const TokenRange& tokens) {
      return text.Shouting(tokens.begin) || text.analysis().token(tokens.begin).Has(kUpper);
    };
    if (capitals(group.fullest) && !capitals(mention.tokens)) group.fullest = mention.tokens;
    if (mention.score > group.score) {
      group.score = mention.score;
      group.rule = mention.rule;
    }
  }
  for (const Group& group : groups) {
    release::v1::Place* out = release->add_places();
    out->set_display_name(std::string(text.analysis().Text(group.fullest)));
    bool certain = false;
    if (const auto record = resolver.Resolve(group, &certain); record.has_value() && certain) {
      out->set_country_code(std::string(record->country));
      if (record->has_coordinates) {
        out->set_latitude(record->latitude);
        out->set_longitude(record->longitude);
      }
      out->set_geonames_id(record->geonames_id);
    }
    out->set_confidence(ConfidenceOf(group.score, NameType::kPlace));
    out->set_rule(std::string(group.rule));
    for (const Mention& m : group.mentions) *out->add_mentions() = SpanOf(text.analysis(), m.tokens);
  }
}

}  // namespace dateline::extraction
