#pragma once
// Recognises documents that announce several things at once (the daily news of an institution, the highlights of a
// briefing, a file with several releases) and parts them into items. Careful: an article with headings inside is one
// release. A document is a bulletin only when it calls itself one and nearly all of its text stands below headings of
// one rank, or when nearly every such heading is followed by a dateline of its own. Pure; linear.

#include <cstddef>
#include <string>
#include <vector>

#include "services/extraction/build_release.h"
#include "services/extraction/document.h"

namespace dateline::extraction {

// More items than this are not parted: then it is some other kind of page.
inline constexpr std::size_t kMaxBulletinItems = 100;

struct BulletinItem {
  std::size_t head = 0;  // the block that is its title
  std::size_t end = 0;   // behind its last block
  std::string fragment;  // tells the item from others of the document: an anchor of the page, else "item-N"
  // The running text above the first heading. It has the document's title, and no fragment: it goes by the document's
  // own address. Its blocks are those before `end`.
  bool opening = false;
};

// In order; empty when the document is one release. The first is an opening, or there is none. `zoned` are the zones of
// the whole document.
std::vector<BulletinItem> FindBulletinItems(const Document& document, const ZonedDocument& zoned,
                                            const ZoningTables& tables);

// The item as a document of its own, with what the whole says of site, language and date.
Document PartOf(const Document& document, const ZonedDocument& zoned, const BulletinItem& item);

}  // namespace dateline::extraction
