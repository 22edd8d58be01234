#include "services/extraction/zones/explain_zones.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using release::v1::Section;

// The rule and the part that a zone stands for.
std::pair<std::string_view, Section::Kind> Meaning(Zone zone) {
  switch (zone) {
    case Zone::kDrop:
      return {"zone.drop", Section::KIND_UNSPECIFIED};
    case Zone::kTitle:
      return {"zone.title", Section::KIND_UNSPECIFIED};
    case Zone::kSubtitle:
      return {"zone.subtitle", Section::HEADING};
    case Zone::kLead:
      return {"zone.lead", Section::LEAD};
    case Zone::kBody:
      return {"zone.body", Section::BODY};
    case Zone::kHeading:
      return {"zone.heading", Section::HEADING};
    case Zone::kQuote:
      return {"zone.quote", Section::QUOTE};
    case Zone::kList:
      return {"zone.list", Section::LIST};
    case Zone::kTable:
      return {"zone.table", Section::TABLE};
    case Zone::kCaption:
      return {"zone.caption", Section::CAPTION};
    case Zone::kAbout:
      return {"zone.about", Section::ABOUT};
    case Zone::kContact:
      return {"zone.contact", Section::CONTACT};
    case Zone::kNotes:
      return {"zone.notes", Section::NOTES};
    case Zone::kRelated:
      return {"zone.related", Section::RELATED};
    case Zone::kEmbargo:
      return {"zone.embargo", Section::EMBARGO};
  }
  return {"zone.drop", Section::KIND_UNSPECIFIED};
}

std::string_view CueName(Cue cue) {
  switch (cue) {
    case Cue::kNone:
      break;
    case Cue::kChrome:
      return "cue=site";
    case Cue::kMasthead:
      return "cue=masthead";
    case Cue::kContact:
      return "cue=contact";
    case Cue::kAbout:
      return "cue=about";
    case Cue::kNotes:
      return "cue=notes";
    case Cue::kRelated:
      return "cue=related";
    case Cue::kEmbargo:
      return "cue=embargo";
    case Cue::kEnd:
      return "cue=end";
  }
  return {};
}

std::vector<std::string> SignalsOf(const Block& block, const LineFeatures& f) {
  std::vector<std::string> signals;
  const auto sign = [&](bool seen, std::string_view name) {
    if (seen) signals.emplace_back(name);
  };
  sign(f.cue != Cue::kNone, CueName(f.cue));
  signals.push_back(fmt::format("words={}", f.words));
  sign(f.prose, "prose");
  sign(f.date_line, "date_line");
  sign(f.duplicate, "duplicate");
  sign(f.email, "email");
  sign(f.phone, "phone");
  sign(f.web_address, "web_address");
  sign(f.upper, "upper");
  sign(f.credit != std::string::npos, "credit");
  sign(block.bullet, "bullet");
  sign(block.fused, "fused");
  if (!block.links.empty()) signals.push_back(fmt::format("links={}", block.links.size()));
  return signals;
}

}  // namespace

void ExplainZones(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, const Zoning& zoning,
                  const Assembly& assembly, Explanation* explanation) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [rule, kind] = Meaning(zoning.zones[i]);
    const bool in_text = assembly.block_begin[i] != kNowhere;
    BlockExplanation out;
    out.text = std::string(text::TruncateUtf8(blocks[i].text, kMaxExplainedBytes));
    out.kept = in_text || zoning.zones[i] == Zone::kTitle;
    out.kind = in_text ? kind : Section::KIND_UNSPECIFIED;
    // What zoning kept and is not in the text fell to its limit.
    const bool cut = !in_text && kind != Section::KIND_UNSPECIFIED && !blocks[i].text.empty();
    out.rule = cut ? "limit.text" : std::string(rule);
    out.signals = SignalsOf(blocks[i], features[i]);
    explanation->blocks.push_back(std::move(out));
  }
}

}  // namespace dateline::extraction
