// Any text as the clean text of a release: all finders, with the language pack that the first byte chooses and the
// kinds of sections that the second one does, keep the invariants. It reaches the finders without decoding and zoning
// before.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/contact_people.h"
#include "services/extraction/facts/contacts.h"
#include "services/extraction/facts/find_facts.h"
#include "services/extraction/invariants.h"

namespace {

namespace extraction = dateline::extraction;
using dateline::release::v1::Release;
using dateline::release::v1::Section;

struct Tables {
  extraction::Calendar calendar;
  extraction::Gazetteer gazetteer;
  std::unique_ptr<const extraction::LanguagePacks> packs = *extraction::LanguagePacks::Create();
};

const Tables& Shared() {
  static const Tables tables;
  return tables;
}

// Paragraphs of `text`, each a section; `kinds` steers what they are for.
Release ReleaseOf(std::string_view text, std::uint8_t kinds) {
  Release release;
  std::string& out = *release.mutable_text();
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t gap = text.find("\n\n");
    const std::string paragraph(dateline::text::TrimSpace(text.substr(0, gap)));
    text = gap == std::string_view::npos ? std::string_view() : text.substr(gap + 2);
    if (paragraph.empty()) continue;
    if (!out.empty()) out += "\n\n";
    Section* section = release.add_sections();
    const auto kind = static_cast<int>((kinds + number++ * (kinds >> 4U)) % Section::Kind_MAX) + 1;
    section->set_kind(static_cast<Section::Kind>(kind));
    section->mutable_span()->set_start(static_cast<std::uint32_t>(out.size()));
    out += paragraph;
    section->mutable_span()->set_end(static_cast<std::uint32_t>(out.size()));
  }
  return release;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Tables& tables = Shared();
  const std::string text = dateline::text::ToNfc(std::string_view(reinterpret_cast<const char*>(data) + 2, size - 2));
  Release release = ReleaseOf(text, data[1]);
  if (!extraction::FindBrokenInvariant(release).empty()) return 0;
  const auto languages = tables.packs->languages();
  const std::size_t language = data[0] % (languages.size() + 1);
  const extraction::LanguagePack& pack = tables.packs->For(language < languages.size() ? languages[language] : "und");
  extraction::FindFacts(pack, tables.calendar, tables.gazetteer, &release);
  extraction::FindContacts({"KE"}, tables.gazetteer, &release);
  extraction::TieContactsToPeople(&release);
  const std::string problem = extraction::FindBrokenInvariant(release);
  if (!problem.empty()) {
    std::fprintf(stderr, "broken: %s\n", problem.c_str());
    std::abort();
  }
  return 0;
}
