#include "services/extraction/zones/credit_marker.h"

#include <algorithm>
#include <array>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::array<std::string_view, 38> kMarkers = {"Bildquelle:",
                                                       "Bildnachweis:",
                                                       "Bildrechte:",
                                                       "Fotos:",
                                                       "Fotocredit:",
                                                       "Archivfoto:",
                                                       "Symbolfoto:",
                                                       "Cr\u00E9dit:",
                                                       "Cr\u00E9dit :",
                                                       "Cr\u00E9ditos:",
                                                       "Cr\u00E9dito:",
                                                       "Fotografia:",
                                                       "Photo credit:",
                                                       "Photo Credit:",
                                                       "Photo courtesy of",
                                                       "Photo by",
                                                       "Photo:",
                                                       "PHOTO:",
                                                       "Photos:",
                                                       "Photograph:",
                                                       "Picture:",
                                                       "Image credit:",
                                                       "Image:",
                                                       "Credit:",
                                                       "Credits:",
                                                       "Cr\u00E9dit photo :",
                                                       "Cr\u00E9dit photo:",
                                                       "Photo :",
                                                       "Foto:",
                                                       "Bild:",
                                                       "Fotograf\u00EDa:",
                                                       "Imagen:",
                                                       "\u0424\u043E\u0442\u043E:",
                                                       "\u56FE\u7247\u6765\u6E90\uFF1A",
                                                       "\u6444\u5F71\uFF1A",
                                                       "\u56FE\uFF1A",
                                                       "\u0635\u0648\u0631\u0629:",
                                                       "\u00A9"};
constexpr std::size_t kLongestMarker = 24;
static_assert(std::all_of(kMarkers.begin(), kMarkers.end(),
                          [](std::string_view marker) { return marker.size() <= kLongestMarker; }));

// Every marker holds one of these; most texts hold none of them.
bool MayHoldMarker(std::string_view text) {
  for (const std::string_view part : {":", "Photo ", "\u00A9", "\uFF1A"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

// The same as rfind, which compares at every byte.
std::size_t LastOf(std::string_view text, std::string_view marker) {
  while (text.size() >= marker.size()) {
    const std::size_t last = text.rfind(marker.back());
    if (last == std::string_view::npos) break;
    text = text.substr(0, last + 1);
    if (text.ends_with(marker)) return text.size() - marker.size();
    text.remove_suffix(1);
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t FindCreditMarker(std::string_view text, std::size_t* marker_bytes) {
  // A credit stands at the very beginning or near the end.
  const std::size_t from = text.size() > 400 ? text.size() - 400 : 0;
  const std::string_view tail = text.substr(from);
  std::size_t best = std::string_view::npos;
  if (!MayHoldMarker(text.substr(0, kLongestMarker)) && !MayHoldMarker(tail)) return best;
  const bool colon = tail.find(':') != std::string_view::npos;
  for (const std::string_view marker : kMarkers) {
    std::size_t at = 0;
    if (text.empty() || text[0] != marker[0] || !text.starts_with(marker)) {
      if (!colon && marker.ends_with(':')) continue;
      at = LastOf(tail, marker);
      if (at == std::string_view::npos) continue;
      at += from;
    }
    if (at > 0 && marker != "\u00A9") {
      const char32_t before = text::CodePointBefore(text, at).value;
      if (!text::IsSpace(before) && before != '(' && before != '[' && before != '/' && before < 0x2E80) continue;
    }
    if (best == std::string_view::npos || at < best) {
      best = at;
      *marker_bytes = marker.size();
    } else if (at == best) {
      *marker_bytes = std::max(*marker_bytes, marker.size());
    }
  }
  return best;
}

}  // namespace dateline::extraction
