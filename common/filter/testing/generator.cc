#include "common/filter/testing/generator.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace dateline::filter {
namespace {

using release::v1::Release;

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {
      "climate", "Migration", "co-operation", "Médecins", "water",  "ministry", "fund",
      "14.5",    "School",    "港口学校",     "开学典礼", "カード", "新しい",   "министр",
      "вода",    "ёлка",      "وزارة",        "المياه",   "أحمد",   "climates", "WTO学校",
      "o'clock", "a",         "river",        "basin",    "ﬁnance", "2021",     "co\u00ADoperation",
      "โรงเรียน", "migrants"};
  return words;
}

const std::vector<std::string>& Names() {
  static const std::vector<std::string> names = {"Adaeze Okonkwo",
                                                 "Li Ming",
                                                 "李明",
                                                 "Anaïs Lima",
                                                 "Иван Петров",
                                                 "World Harbour Organization",
                                                 "WHO",
                                                 "Ministry of Water",
                                                 "Lagos",
                                                 "Geneva",
                                                 "上海",
                                                 "Swing",
                                                 "أحمد حسن",
                                                 "River Basins Forward"};
  return names;
}

constexpr std::array<std::string_view, 4> kLanguages = {"en", "fr", "zh", "ru"};
constexpr std::array<std::string_view, 4> kCountries = {"CN", "NG", "CH", "FR"};
constexpr std::array<std::string_view, 4> kUnits = {"percent", "people", "USD", "million tonnes"};
constexpr std::array<std::string_view, 3> kSources = {"sources/iom-news", "sources/who", "sources/gov-ng"};

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

const std::string& Generator::Word() {
  return Words()[static_cast<size_t>(Below(static_cast<int>(Words().size())))];
}

const std::string& Generator::Name() {
  return Names()[static_cast<size_t>(Below(static_cast<int>(Names().size())))];
}

std::string Generator::Sentence(int words) {
  std::string out;
  for (int i = 0; i < words; ++i) {
    if (i > 0) out += Chance(10) ? ", " : Chance(5) ? "\n\n" : Chance(3) ? "" : " ";
    out += Chance(15) ? Name() : Word();
  }
  return out;
}

void Generator::AddFacts(Release* release) {
  const auto pick = [this](const auto& values) {
    return std::string(values[static_cast<size_t>(Below(static_cast<int>(values.size())))]);
  };
  for (int i = Below(3); i > 0; --i) {
    auto* person = release->add_people();
    person->set_display_name(Name());
    if (Chance(60)) person->set_role(Sentence(2));
    if (Chance(40)) person->set_organization(Name());
    person->set_confidence(static_cast<release::v1::Confidence>(Below(4)));
    person->set_rule("en.person.climate");
  }
  for (int i = Below(3); i > 0; --i) {
    auto* organization = release->add_organizations();
    organization->set_display_name(Name());
    if (Chance(40)) organization->set_acronym(Chance(50) ? "WHO" : "IOM");
  }
  for (int i = Below(3); i > 0; --i) {
    auto* place = release->add_places();
    place->set_display_name(Name());
    if (Chance(70)) place->set_country_code(pick(kCountries));
    if (Chance(30)) place->set_latitude(Below(180) - 90);
  }
  for (int i = Below(2); i > 0; --i) {
    auto* quote = release->add_quotes();
    quote->set_text("“" + Sentence(4) + "”");
    if (Chance(70)) quote->set_speaker(Name());
  }
  for (int i = Below(3); i > 0; --i) {
    auto* figure = release->add_figures();
    figure->set_value(Chance(20) ? 0 : (Below(4000) - 500) * (Chance(50) ? 0.25 : 1000));
    figure->set_unit(pick(kUnits));
    figure->set_text(Sentence(2));
    if (Chance(30)) figure->mutable_as_of()->set_year(2015 + Below(8));
  }
  for (int i = Below(2); i > 0; --i) {
    auto* contact = release->add_contacts();
    contact->set_display_name(Name());
    if (Chance(60)) contact->set_email(Chance(50) ? "press@iom.int" : "media@who.int");
    if (Chance(50)) {
      auto* phone = contact->add_phones();
      phone->set_raw("+86105979969");
      phone->set_valid(Chance(50));
    }
  }
  if (Chance(20)) release->add_programmes()->set_display_name(Name());
  if (Chance(30)) release->add_topics(Sentence(2));
  if (Chance(15)) release->add_funding()->mutable_amount()->set_value(Below(1000));
  if (Chance(15)) release->mutable_embargo_time()->set_seconds(1'500'000'000 + Below(100'000'000));
}

Release Generator::NextRelease(int number) {
  Release release;
  release.set_uri(fmt::format("https://example.org/generated/{}", number));
  release.set_title(Sentence(2 + Below(4)));
  if (Chance(40)) release.set_subtitle(Sentence(3));
  release.set_text(Sentence(5 + Below(40)));
  release.set_language(std::string(kLanguages[static_cast<size_t>(Below(4))]));
  if (Chance(60)) release.set_source(std::string(kSources[static_cast<size_t>(Below(3))]));
  if (Chance(70)) release.set_page_type(release::v1::ARTICLE);
  if (Chance(80)) {
    auto* date = release.mutable_publish()->mutable_date();
    if (Chance(95)) date->set_year(2015 + Below(8));
    if (Chance(85)) date->set_month(1 + Below(12));
    if (date->month() > 0 && Chance(85)) date->set_day(1 + Below(28));
    release.mutable_publish()->set_basis(Chance(50) ? "meta" : "json_ld");
    if (Chance(30)) release.mutable_publish()->mutable_time()->set_seconds(1'450'000'000 + Below(200'000'000));
  }
  if (Chance(40)) {
    release.mutable_dateline()->set_place(Name());
    if (Chance(50))
      release.mutable_dateline()->set_country_code(std::string(kCountries[static_cast<size_t>(Below(4))]));
  }
  AddFacts(&release);
  release.mutable_extractor()->set_version("1");
  return release;
}

std::vector<std::string> Generator::NextChanges() {
  std::vector<std::string> changes;
  if (Chance(60)) return changes;
  constexpr std::array<std::string_view, 4> kFields = {"title", "figures", "contacts.phones", "quotes"};
  for (int i = 1 + Below(2); i > 0; --i) changes.emplace_back(kFields[static_cast<size_t>(Below(4))]);
  return changes;
}

std::string Generator::WordValue() {
  const std::string word = Chance(70) ? Word() : Name();
  if (Chance(20)) return Quoted(word + " " + Word());
  if (Chance(20)) {
    // A wildcard behind a whole character.
    size_t cut = word.size() > 4 ? word.size() - 2 : word.size();
    while (cut > 0 && cut < word.size() && (static_cast<unsigned char>(word[cut]) & 0xC0) == 0x80) --cut;
    std::string open = word.substr(0, cut) + "*";
    if (Chance(15)) open = "*" + word;
    return Quoted(open);
  }
  return Quoted(word);
}

std::string Generator::Comparison() {
  constexpr std::array<std::string_view, 18> kTexts = {"title",
                                                       "subtitle",
                                                       "text",
                                                       "people.display_name",
                                                       "people.role",
                                                       "people",
                                                       "organizations",
                                                       "places",
                                                       "quotes.speaker",
                                                       "quotes.text",
                                                       "quotes",
                                                       "figures",
                                                       "contacts",
                                                       "topics",
                                                       "organizations.acronym",
                                                       "dateline.place",
                                                       "publications.title",
                                                       "programmes.display_name"};
  const std::string field(kTexts[static_cast<size_t>(Below(18))]);
  const bool record = field == "people" || field == "organizations" || field == "places" || field == "quotes" ||
                      field == "figures" || field == "contacts";
  if (Chance(10)) return field + ":*";
  if (record || Chance(60)) return field + ":" + WordValue();
  return fmt::format("{} {} {}", field,
                     Chance(80)   ? "="
                     : Chance(50) ? "!="
                                  : ">=",
                     Quoted(Chance(60)   ? Name()
                            : Chance(50) ? "press@iom.int"
                                         : Word()));
}

std::string Generator::Ordered() {
  constexpr std::array<std::string_view, 6> kOperators = {"=", "!=", "<", "<=", ">", ">="};
  const std::string_view op = kOperators[static_cast<size_t>(Below(6))];
  switch (Below(10)) {
    case 0:
      return fmt::format("figures.value {} {}", op, (Below(4000) - 500) * (Chance(50) ? 0.25 : 1000));
    case 1:
      return fmt::format("publish.date {} {}", op, 2014 + Below(10));
    case 2:
      return fmt::format("publish.date {} {}-{:02}", op, 2014 + Below(10), 1 + Below(12));
    case 3:
      return fmt::format("publish.date {} {}-{:02}-{:02}", op, 2014 + Below(10), 1 + Below(12), 1 + Below(28));
    case 4:
      return fmt::format("publish.time {} {}-{:02}-{:02}T11:30:00Z", op, 2015 + Below(7), 1 + Below(12), 1 + Below(28));
    case 5:
      return fmt::format("embargo_time {} {}", op, 2016 + Below(6));
    case 6:
      return fmt::format("places.latitude {} {}", op, Below(180) - 90);
    case 7:
      return fmt::format("publish.date.year {} {}", op, 2014 + Below(10));
    case 8:
      return fmt::format("figures.as_of {} {}", op, 2014 + Below(10));
    default:
      return fmt::format("create_time {} {}-{:02}", op, 2024 + Below(4), 1 + Below(12));
  }
}

std::string Generator::Function() {
  switch (Below(3)) {
    case 0: {
      constexpr std::array<std::string_view, 5> kKinds = {"", ", person", ", organization", ", place", ", programme"};
      return fmt::format("mentions({}{})", WordValue(), kKinds[static_cast<size_t>(Below(5))]);
    }
    case 1:
      return fmt::format("near({}, {}, {})", WordValue(), WordValue(), 1 + Below(10));
    default:
      return Chance(30) ? "changed(*)" : Chance(50) ? "changed(figures)" : "changed(contacts)";
  }
}

std::string Generator::Leaf() {
  switch (Below(12)) {
    case 0:
    case 1:
    case 2:
      return WordValue();
    case 3:
    case 4:
    case 5:
      return Comparison();
    case 6:
    case 7:
      return Ordered();
    case 8:
      return Function();
    case 9:
      return fmt::format("language {} {}", Chance(80) ? "=" : "!=", kLanguages[static_cast<size_t>(Below(4))]);
    case 10:
      return Chance(50) ? fmt::format("places.country_code = {}", kCountries[static_cast<size_t>(Below(4))])
                        : fmt::format("figures.unit = \"{}\"", kUnits[static_cast<size_t>(Below(4))]);
    default: {
      constexpr std::array<std::string_view, 9> kOther = {"page_type = ARTICLE",
                                                          "people.confidence = HIGH",
                                                          "contacts.phones.valid = false",
                                                          "contacts.email = *@iom.int",
                                                          "source = sources/iom-news",
                                                          "quotes:*",
                                                          "subtitle != *",
                                                          "embargo_time:*",
                                                          "contacts.phones.valid = true"};
      return std::string(kOther[static_cast<size_t>(Below(9))]);
    }
  }
}

std::string Generator::Node(int depth) {
  if (depth == 0 || Chance(35)) return Leaf();
  switch (Below(4)) {
    case 0:
      return fmt::format("({} AND {})", Node(depth - 1), Node(depth - 1));
    case 1:
      return fmt::format("({} OR {})", Node(depth - 1), Node(depth - 1));
    case 2:
      return fmt::format("(NOT {})", Node(depth - 1));
    default:
      return fmt::format("({} {})", Node(depth - 1), Node(depth - 1));
  }
}

std::string Generator::NextFilter() {
  return Node(3);
}

}  // namespace dateline::filter
