#include "services/cli/render/fact_marks.h"

#include <algorithm>
#include <array>

namespace dateline::cli {
namespace {

using release::v1::Span;

struct Look {
  std::string_view name;
  std::string_view codes;
};
enum Kind : std::uint8_t { kPerson, kOrganization, kPlace, kFigure, kDate, kContact, kQuote, kKinds };
constexpr std::array<Look, kKinds> kLooks = {{{"person", "1;36"},
                                              {"organisation", "35"},
                                              {"place", "32"},
                                              {"figure", "33"},
                                              {"date", "34"},
                                              {"contact", "4"},
                                              {"quote", "3"}}};

// Where a fact begins or ends.
struct Edge {
  size_t at;
  Kind kind;
  int step;
};

class Edges {
 public:
  void Add(Kind kind, const Span& span) {
    if (span.start() >= span.end()) return;
    edges.push_back({span.start(), kind, 1});
    edges.push_back({span.end(), kind, -1});
  }
  template <typename Entities>
  void AddMentions(Kind kind, const Entities& entities) {
    for (const auto& entity : entities) {
      for (const Span& mention : entity.mentions()) Add(kind, mention);
    }
  }
  std::vector<Edge> edges;
};

// The first kind that is open gives the colour, a quotation its italics besides.
std::string CodesOf(const std::array<int, kKinds>& open) {
  std::string codes;
  for (std::size_t kind = 0; kind < kQuote && codes.empty(); ++kind) {
    if (open[kind] > 0) codes = kLooks[kind].codes;
  }
  if (open[kQuote] > 0) codes += codes.empty() ? "3" : ";3";
  return codes;
}

}  // namespace

FactMarks::FactMarks(const release::v1::Release& release, const Style& style) : style_(style) {
  Edges edges;
  edges.AddMentions(kPerson, release.people());
  edges.AddMentions(kOrganization, release.organizations());
  edges.AddMentions(kPlace, release.places());
  for (const auto& figure : release.figures()) edges.Add(kFigure, figure.span());
  for (const auto& date : release.dates()) edges.Add(kDate, date.span());
  for (const auto& contact : release.contacts()) {
    for (const auto& phone : contact.phones()) edges.Add(kContact, phone.span());
  }
  for (const auto& quote : release.quotes()) edges.Add(kQuote, quote.span());
  std::sort(edges.edges.begin(), edges.edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  std::array<int, kKinds> open{};
  for (size_t i = 0; i < edges.edges.size(); ++i) {
    open[edges.edges[i].kind] += edges.edges[i].step;
    if (i + 1 == edges.edges.size() || edges.edges[i + 1].at == edges.edges[i].at) continue;
    std::string codes = CodesOf(open);
    if (!codes.empty()) spans_.push_back({edges.edges[i].at, edges.edges[i + 1].at, std::move(codes)});
  }
}

std::string FactMarks::Legend() const {
  std::string out;
  for (const Look& look : kLooks) {
    if (!out.empty()) out += ' ';
    out += style_.Coded(look.codes, look.name);
  }
  return out;
}

void FactMarks::Paint(size_t begin, std::string_view words, std::string& out) const {
  const size_t end = begin + words.size();
  auto next = std::upper_bound(spans_.begin(), spans_.end(), begin,
                               [](size_t at, const Stretch& stretch) { return at < stretch.end; });
  for (size_t at = begin; at < end;) {
    const bool inside = next != spans_.end() && next->begin <= at;
    const size_t stop = next == spans_.end() ? end : std::min(end, inside ? next->end : next->begin);
    const std::string_view piece = words.substr(at - begin, stop - at);
    out += inside ? style_.Coded(next->codes, piece) : std::string(piece);
    at = stop;
    if (inside) ++next;
  }
}

}  // namespace dateline::cli
