#pragma once
// Which country a place name belongs to. Country names in many languages and the cities of the time-zone map come from
// ICU's data, capitals and press cities from a table of ours. It knows only what is certain: a name that stands for
// places in several countries is known as a place, without a country. Immutable after construction and thread-safe.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dateline::extraction {

// What is known of a place name.
struct KnownPlace {
  // ISO 3166-1 alpha-2; empty when several countries have such a place.
  std::string country;
  // It is a country, not a place inside one.
  bool is_country = false;
};

// Looks names up.
class Gazetteer {
 public:
  Gazetteer();

  // By name in any of the languages; nullopt when unknown. Case, accents of quotation and spacing do not matter.
  std::optional<KnownPlace> Find(std::string_view name) const;

  // Whether `region` is an ISO 3166-1 alpha-2 code in use.
  bool IsRegion(std::string_view region) const;

  std::size_t size() const { return places_.size(); }

 private:
  void Add(std::string_view name, std::string_view country, bool is_country);

  std::unordered_map<std::string, KnownPlace> places_;
  std::vector<std::string> regions_;
};

}  // namespace dateline::extraction
