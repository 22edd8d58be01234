// Makes the compact tables of gazetteer/data from the rows of collect_places.py and collect_words.py; README.md beside
// this says how to run it. The same rows give the same bytes. Country names in many languages are added from ICU
// (CLDR).

#include <unicode/locid.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/gazetteer/place_table.h"
#include "services/extraction/gazetteer/word_table.h"

namespace dateline::extraction {
namespace {

constexpr std::array kLanguages = {"en", "fr", "es", "ar", "ru", "zh", "zh_Hant", "de", "pt", "it", "nl"};

struct Row {
  PlaceKind kind = PlaceKind::kCity;
  std::string country;
  std::string state;
  double latitude = 0;
  double longitude = 0;
  bool located = true;
  std::uint64_t people = 0;
  std::uint32_t id = 0;
  std::vector<std::string> names;
  std::vector<std::string> abbreviations;
};

std::vector<std::string> Split(const std::string& line, char by) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == by) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

void Put(std::uint64_t value, std::size_t bytes, std::string* out) {
  for (std::size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
}

std::string BuildIndex(const std::map<std::uint64_t, std::uint32_t>& values, std::size_t value_bytes) {
  std::string buckets;
  std::string entries;
  std::size_t bucket = 0;
  std::uint32_t count = 0;
  std::uint64_t last = ~std::uint64_t{0};
  Put(0, 4, &buckets);
  for (const auto& [key, value] : values) {
    while (bucket < (key >> 48U)) {
      Put(count, 4, &buckets);
      ++bucket;
    }
    if ((key >> 24U) == (last >> 24U)) continue;
    last = key;
    Put((key >> 24U) & 0xFFFFFFU, 3, &entries);
    Put(value, value_bytes, &entries);
    ++count;
  }
  for (; bucket < kKeyBuckets; ++bucket) Put(count, 4, &buckets);
  return buckets + entries;
}

PlaceKind KindOf(const std::string& name) {
  static const std::map<std::string, PlaceKind> kinds = {
      {"region", PlaceKind::kRegion}, {"country", PlaceKind::kCountry}, {"admin1", PlaceKind::kState},
      {"admin2", PlaceKind::kCounty}, {"city", PlaceKind::kCity},       {"natural", PlaceKind::kNatural}};
  return kinds.at(name);
}

// Rows of one kind and place that other rows name more fully.
using Places = std::vector<Row>;

void AddCountryNames(Places* places) {
  std::map<std::string, std::size_t> countries;
  for (std::size_t i = 0; i < places->size(); ++i) {
    if ((*places)[i].kind == PlaceKind::kCountry) countries[(*places)[i].country] = i;
  }
  for (const char* const* region = uloc_getISOCountries(); *region != nullptr; ++region) {
    if (!countries.contains(*region)) {
      countries[*region] = places->size();
      Row row;
      row.kind = PlaceKind::kCountry;
      row.country = *region;
      row.located = false;
      places->push_back(row);
    }
    Row& row = (*places)[countries[*region]];
    row.names.clear();
    const icu::Locale locale("", *region);
    for (const char* language : kLanguages) {
      icu::UnicodeString name;
      locale.getDisplayCountry(icu::Locale(language), name);
      std::string utf8;
      name.toUTF8String(utf8);
      if (utf8 != *region) row.names.push_back(utf8);
    }
  }
}

// "Saint Albans" is written "St. Albans" as well, and the other way round; stops do not count in keys.
void AddSaints(std::vector<std::string>* names) {
  static const std::array<std::pair<std::string, std::string>, 4> forms = {
      {{"Saint ", "St "}, {"Sainte ", "Ste "}, {"Saint-", "St-"}, {"Sainte-", "Ste-"}}};
  const std::vector<std::string> given = *names;
  for (const std::string& name : given) {
    for (const auto& [full, abbreviated] : forms) {
      if (name.starts_with(full)) names->push_back(abbreviated + name.substr(full.size()));
      if (name.starts_with(abbreviated)) names->push_back(full + name.substr(abbreviated.size()));
    }
    if (name.starts_with("St. ")) names->push_back("Saint " + name.substr(4));
  }
}

Places ReadPlaces(const char* path, const std::set<std::string>& ordinary) {
  Places places;
  std::vector<std::vector<std::string>> aliases;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const auto f = Split(line, '\t');
    if (f.size() != 8) continue;
    if (f[0] == "alias" || f[0] == "abbreviation" || f[0] == "spelling") {
      aliases.push_back(f);
      continue;
    }
    Row row;
    row.kind = KindOf(f[0]);
    row.country = f[1];
    row.state = f[2];
    row.latitude = std::stod(f[3]);
    row.longitude = std::stod(f[4]);
    row.people = std::stoull(f[5]);
    row.id = static_cast<std::uint32_t>(std::stoul(f[6]));
    // A subdivision of which only the name is known.
    row.located = row.kind != PlaceKind::kCounty || row.latitude != 0 || row.longitude != 0;
    row.names = Split(f[7], '|');
    // "Gilan Province" is known as "Gilan", too.
    if (row.kind == PlaceKind::kState) {
      for (const char* kind : {" Province", " Region", " Oblast", " County", " District", " Governorate", " Prefecture",
                               " State", " Municipality", " Department"}) {
        const std::string& name = row.names[0];
        if (const std::string end = kind; name.size() > end.size() + 2 && name.ends_with(end) &&
                                          !ordinary.contains(name.substr(0, name.size() - end.size())))
          row.names.push_back(name.substr(0, name.size() - end.size()));
      }
    }
    AddSaints(&row.names);
    // A village that is called as an ordinary word would be found in every second text.
    if (row.people == 0 && row.id == 0 && row.kind == PlaceKind::kCity && ordinary.contains(row.names[0])) continue;
    places.push_back(row);
  }
  AddCountryNames(&places);
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> towns;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].kind != PlaceKind::kCity) continue;
    for (const std::string& name : places[i].names) {
      auto& best = towns.try_emplace({places[i].country, NameKeyOf(name)}, i).first->second;
      if (places[best].people < places[i].people) best = i;
    }
  }
  for (const auto& f : aliases) {
    if (f[0] == "spelling") {
      const auto names = Split(f[7], '|');
      const auto town = towns.find({f[1], NameKeyOf(names[0])});
      if (town == towns.end()) {
        std::cerr << "no town " << names[0] << " in " << f[1] << "\n";
        continue;
      }
      for (const std::string& name : names) places[town->second].names.push_back(name);
      continue;
    }
    for (Row& row : places) {
      if (row.country != f[1] || row.state != f[2]) continue;
      if (row.kind != (f[2].empty() ? PlaceKind::kCountry : PlaceKind::kState)) continue;
      for (const std::string& name : Split(f[7], '|'))
        (f[0] == "alias" ? row.names : row.abbreviations).push_back(name);
    }
  }
  // Those with an id first, so that ids need no place in the others.
  std::stable_sort(places.begin(), places.end(), [](const Row& a, const Row& b) { return (a.id != 0) > (b.id != 0); });
  return places;
}

std::uint32_t Coordinate(double degrees, bool located) {
  if (!located) return kNoCoordinate;
  return static_cast<std::uint32_t>(std::lround(degrees * kCoordinateScale)) & 0xFFFFFFU;
}

std::string BuildPlaces(const Places& places) {
  std::set<std::string> codes;
  std::map<std::string, std::uint32_t> states;
  for (const Row& row : places) {
    if (!row.country.empty()) codes.insert(row.country);
    if (!row.state.empty())
      states.try_emplace(row.country + "." + row.state, static_cast<std::uint32_t>(states.size() + 1));
  }
  std::map<std::string, std::uint32_t> country_numbers;
  std::string country_bytes;
  for (const std::string& code : codes) {
    country_numbers[code] = static_cast<std::uint32_t>(country_numbers.size() + 1);
    country_bytes += code;
  }
  std::string records;
  std::string ids;
  std::map<std::uint64_t, std::vector<std::pair<double, std::uint32_t>>> senses;
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    const Row& row = places[i];
    const auto magnitude = row.people == 0 ? 0U : static_cast<unsigned>(std::log2(static_cast<double>(row.people)));
    Put(row.country.empty() ? 0 : country_numbers[row.country], 1, &records);
    Put(static_cast<unsigned>(row.kind) | (magnitude << 3U), 1, &records);
    Put(row.state.empty() ? 0 : states[row.country + "." + row.state], 2, &records);
    Put(Coordinate(row.latitude, row.located), 3, &records);
    Put(Coordinate(row.longitude, row.located), 3, &records);
    if (row.id != 0) Put(row.id, 4, &ids);
    const auto add = [&](const std::string& name, std::uint32_t sense) {
      auto& list = senses[NameKeyOf(name)];
      for (const auto& [people, other] : list) {
        if ((other & ~kAbbreviationFlag) == (sense & ~kAbbreviationFlag)) return;
      }
      list.emplace_back(static_cast<double>(row.people), sense);
    };
    for (const std::string& name : row.names) add(name, i);
    for (const std::string& name : row.abbreviations) add(name, i | kAbbreviationFlag);
  }
  std::string lists;
  std::map<std::uint64_t, std::uint32_t> values;
  for (auto& [key, list] : senses) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    if (list.size() > kMaxSenses) list.resize(kMaxSenses);
    if (list.size() == 1) {
      values[key] = list[0].second;
      continue;
    }
    values[key] = kListFlag | static_cast<std::uint32_t>(lists.size());
    Put(list.size(), 1, &lists);
    for (const auto& [people, sense] : list) Put(sense, 3, &lists);
  }
  const std::string index = BuildIndex(values, 3);
  std::string out(kPlacesMagic);
  Put(codes.size(), 4, &out);
  Put(places.size(), 4, &out);
  Put(ids.size() / 4, 4, &out);
  Put(lists.size(), 4, &out);
  Put(index.size(), 4, &out);
  std::cerr << places.size() << " places, " << values.size() << " names\n";
  return out + country_bytes + records + ids + lists + index;
}

std::string BuildWords(const char* path, std::set<std::string>* ordinary) {
  std::map<std::uint64_t, std::uint32_t> values;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const auto f = Split(line, '\t');
    if (f.size() != 2) continue;
    std::uint32_t traits = 0;
    for (const char c : f[1])
      traits |= c == 'm' ? kMaleName : c == 'f' ? kFemaleName : c == 'l' ? kLastName : kOrdinaryWord;
    values[NameKeyOf(f[0])] |= traits;
    if ((traits & kOrdinaryWord) != 0) {
      std::string capital = f[0];
      if (capital[0] >= 'a' && capital[0] <= 'z') capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
      ordinary->insert(capital);
    }
  }
  std::cerr << values.size() << " words\n";
  return BuildIndex(values, 1);
}

}  // namespace
}  // namespace dateline::extraction

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: build_tables places.tsv words.tsv OUT_DIR\n";
    return 2;
  }
  const std::string out = argv[3];
  std::set<std::string> ordinary;
  const std::string words = dateline::extraction::BuildWords(argv[2], &ordinary);
  std::ofstream(out + "/words.bin", std::ios::binary) << words;
  const std::string places = dateline::extraction::BuildPlaces(dateline::extraction::ReadPlaces(argv[1], ordinary));
  std::ofstream(out + "/places.bin", std::ios::binary) << places;
  return 0;
}
