#include "services/extraction/zones/assemble.h"

#include <cstdint>
#include <optional>
#include <string>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using release::v1::Section;

std::optional<Section::Kind> KindOf(Zone zone) {
  switch (zone) {
    case Zone::kDrop:
    case Zone::kTitle:
      return std::nullopt;
    case Zone::kLead:
      return Section::LEAD;
    case Zone::kBody:
      return Section::BODY;
    case Zone::kSubtitle:
    case Zone::kHeading:
      return Section::HEADING;
    case Zone::kQuote:
      return Section::QUOTE;
    case Zone::kList:
      return Section::LIST;
    case Zone::kTable:
      return Section::TABLE;
    case Zone::kCaption:
      return Section::CAPTION;
    case Zone::kAbout:
      return Section::ABOUT;
    case Zone::kContact:
      return Section::CONTACT;
    case Zone::kNotes:
      return Section::NOTES;
    case Zone::kRelated:
      return Section::RELATED;
    case Zone::kEmbargo:
      return Section::EMBARGO;
  }
  return std::nullopt;
}

// Parts that consist of several blocks.
bool Gathers(Section::Kind kind) {
  return kind == Section::LIST || kind == Section::ABOUT || kind == Section::CONTACT || kind == Section::NOTES ||
         kind == Section::RELATED;
}

}  // namespace

Assembly AssembleText(const std::vector<Block>& blocks, const Zoning& zoning, std::size_t max_bytes,
                      release::v1::Release* release) {
  Assembly assembly;
  assembly.block_begin.assign(blocks.size(), kNowhere);
  std::string& text = *release->mutable_text();
  Section* open = nullptr;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::optional<Section::Kind> kind = KindOf(zoning.zones[i]);
    if (!kind.has_value() || blocks[i].text.empty()) continue;
    const bool gathers = open != nullptr && open->kind() == *kind && Gathers(*kind);
    const bool item = gathers && (*kind == Section::LIST ? blocks[i].shape == Shape::kListItem || !blocks[i].gap_before
                                                         : !blocks[i].gap_before);
    const std::string_view separator = text.empty() ? "" : item ? "\n" : "\n\n";
    std::string_view body = blocks[i].text;
    if (text.size() + separator.size() + body.size() > max_bytes) {
      assembly.truncated = true;
      // A first paragraph that alone is too long is cut inside; otherwise the cut falls between paragraphs.
      if (!text.empty()) break;
      body = text::TruncateUtf8(body, max_bytes);
    }
    text.append(separator);
    assembly.block_begin[i] = text.size();
    text.append(body);
    if (!gathers) {
      open = release->add_sections();
      open->set_kind(*kind);
      open->mutable_span()->set_start(static_cast<std::uint32_t>(assembly.block_begin[i]));
    }
    open->mutable_span()->set_end(static_cast<std::uint32_t>(text.size()));
    if (assembly.truncated) break;
  }
  return assembly;
}

}  // namespace dateline::extraction
