// What the tiers of confidence are worth: for each kind of fact and each tier, how many facts were found in annotated
// releases and how many of them are right. The folder named on the command line holds docs/NAME.txt and gold/NAME.json;
// a gold file lists people, organizations and places with `surfaces`, quotes with text and speaker, figures and dates
// with values, contacts with e-mail and phone. A name is judged by each distinct form in the text, a quote with its
// speaker, a figure by its value, a date by its value, a contact by every address and number.

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/extraction/extract.h"
#include "tests/facts/fact_words.h"

namespace {

namespace release = dateline::release::v1;
using dateline::tests::Digits;
using dateline::tests::IsoDate;
using dateline::tests::LastWord;
using dateline::tests::Words;
using google::protobuf::Struct;
using google::protobuf::Value;

struct Count {
  int found = 0;
  int right = 0;
};
using Table = std::map<std::pair<std::string, release::Confidence>, Count>;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::string& StringOf(const Struct& object, const char* field) {
  static const std::string empty;
  const auto at = object.fields().find(field);
  return at == object.fields().end() ? empty : at->second.string_value();
}

std::vector<Struct> ListOf(const Struct& object, const char* field) {
  std::vector<Struct> out;
  const auto at = object.fields().find(field);
  if (at == object.fields().end()) return out;
  for (const Value& value : at->second.list_value().values()) out.push_back(value.struct_value());
  return out;
}

bool IsPercent(const std::string& unit) {
  return unit == "percent" || unit == "%" || unit == "per cent" || unit == "percentage";
}

class Judge {
 public:
  Judge(const release::Release& answer, const Struct& gold, Table* table) : r_(answer), gold_(gold), table_(*table) {}

  void Run() {
    Named("people", r_.people());
    Named("organizations", r_.organizations());
    Named("places", r_.places());
    Quotes();
    Figures();
    Dates();
    Contacts();
  }

 private:
  void Add(const char* kind, release::Confidence confidence, bool right) {
    Count& count = table_[{kind, confidence}];
    ++count.found;
    count.right += right ? 1 : 0;
  }

  template <typename Entities>
  void Named(const char* kind, const Entities& entities) {
    std::set<std::string> gold;
    for (const Struct& entity : ListOf(gold_, kind)) {
      const auto surfaces = entity.fields().find("surfaces");
      if (surfaces == entity.fields().end()) continue;
      for (const Value& surface : surfaces->second.list_value().values()) gold.insert(Words(surface.string_value()));
    }
    std::set<std::string> seen;
    for (const auto& entity : entities) {
      for (const release::Span& mention : entity.mentions()) {
        const std::string form =
            Words(std::string_view(r_.text()).substr(mention.start(), mention.end() - mention.start()));
        if (seen.insert(form).second) Add(kind, entity.confidence(), gold.contains(form));
      }
    }
  }

  void Quotes() {
    const std::vector<Struct> gold = ListOf(gold_, "quotes");
    for (const release::Quote& quote : r_.quotes()) {
      const std::string words = Words(quote.text());
      bool right = false;
      for (const Struct& g : gold) {
        const std::string want = Words(StringOf(g, "text"));
        const bool same = want == words || (words.size() > 20 && want.find(words) != std::string::npos &&
                                            words.size() * 10 >= want.size() * 8);
        if (!same) continue;
        const std::string speaker = Words(StringOf(g, "speaker"));
        const std::string last = LastWord(Words(quote.speaker()));
        right = speaker.empty() || (!last.empty() && (" " + speaker + " ").find(" " + last + " ") != std::string::npos);
        break;
      }
      Add("quotes", quote.confidence(), right);
    }
  }

  void Figures() {
    const std::vector<Struct> gold = ListOf(gold_, "figures");
    for (const release::Figure& figure : r_.figures()) {
      const bool right = std::any_of(gold.begin(), gold.end(), [&](const Struct& g) {
        const auto value = g.fields().find("value");
        return value != g.fields().end() &&
               std::abs(value->second.number_value() - figure.value()) <= 1e-9 * std::abs(figure.value()) &&
               IsPercent(StringOf(g, "unit")) == IsPercent(figure.unit());
      });
      Add("figures", figure.confidence(), right);
    }
  }

  void Dates() {
    const std::vector<Struct> gold = ListOf(gold_, "dates");
    for (const release::DateMention& date : r_.dates()) {
      const std::string value = IsoDate(date.value());
      if (!date.anchor().empty()) continue;  // the annotations hold explicit dates only
      Add("dates", date.confidence(),
          std::any_of(gold.begin(), gold.end(), [&](const Struct& g) { return StringOf(g, "value") == value; }));
    }
  }

  void Contacts() {
    std::set<std::string> gold;
    for (const Struct& contact : ListOf(gold_, "contacts")) {
      gold.insert(Words(StringOf(contact, "email")));
      gold.insert(Digits(StringOf(contact, "phone")));
    }
    for (const release::Contact& contact : r_.contacts()) {
      if (!contact.email().empty()) Add("contacts", contact.confidence(), gold.contains(Words(contact.email())));
      for (const release::Phone& phone : contact.phones())
        Add("contacts", contact.confidence(), gold.contains(Digits(phone.raw())));
    }
  }

  const release::Release& r_;
  const Struct& gold_;
  Table& table_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: facts_reliability FOLDER (with docs/*.txt and gold/*.json)\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto extractor = *dateline::extraction::Extractor::Create();
  Table table;
  int documents = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "gold")) {
    Struct gold;
    if (!google::protobuf::util::JsonStringToMessage(ReadFile(file.path()), &gold).ok()) continue;
    const std::string text = ReadFile(folder / "docs" / StringOf(gold, "file"));
    const auto answer = extractor->Extract({.bytes = text, .content_type = "text/plain"});
    if (!answer.ok()) continue;
    ++documents;
    Judge(*answer, gold, &table).Run();
  }
  fmt::print("{} releases\n{:<14} {:<7} {:>5} {:>6} {:>7}\n", documents, "fact", "tier", "n", "right", "share");
  for (const auto& [key, count] : table) {
    fmt::print("{:<14} {:<7} {:>5} {:>6} {:>6.1f}%\n", key.first, release::Confidence_Name(key.second), count.found,
               count.right, 100.0 * count.right / count.found);
  }
  return 0;
}
