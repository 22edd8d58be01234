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

// Which bytes begin a marker.
constexpr std::array<bool, 256> kBeginsMarker = [] {
  std::array<bool, 256> begins{};
  for (const std::string_view marker : kMarkers) begins[static_cast<unsigned char>(marker[0])] = true;
  return begins;
}();

// Whether a marker may stand at `at`: it begins a word; signs and scripts that set no spaces need not.
bool IsFree(std::string_view text, std::size_t at, std::string_view marker) {
  if (at == 0 || marker == "\u00A9") return true;
  const char32_t before = text::CodePointBefore(text, at).value;
  return text::IsSpace(before) || before == '(' || before == '[' || before == '/' || before >= 0x2E80;
}

}  // namespace

std::size_t FindCreditMarker(std::string_view text, std::size_t* marker_bytes) {
  // A credit stands at the very beginning or near the end.
  const std::size_t from = text.size() > 400 ? text.size() - 400 : 0;
  const std::string_view tail = text.substr(from);
  std::size_t best = std::string_view::npos;
  if (!MayHoldMarker(text.substr(0, kLongestMarker)) && !MayHoldMarker(tail)) return best;
  const auto take = [&](std::size_t at, std::string_view marker) {
    if (best == std::string_view::npos || at < best) {
      best = at;
      *marker_bytes = marker.size();
    } else if (at == best) {
      *marker_bytes = std::max(*marker_bytes, marker.size());
    }
  };
  // Of each marker the last one counts, or the one that opens the text.
  std::array<bool, kMarkers.size()> found{};
  const auto look = [&](std::size_t at) {
    for (std::size_t i = 0; i < kMarkers.size(); ++i) {
      if (found[i] || kMarkers[i][0] != text[at] || !text.substr(at).starts_with(kMarkers[i])) continue;
      found[i] = true;
      if (IsFree(text, at, kMarkers[i])) take(at, kMarkers[i]);
    }
  };
  look(0);
  for (std::size_t at = text.size(); at-- > from;) {
    if (kBeginsMarker[static_cast<unsigned char>(text[at])]) look(at);
  }
  return best;
}

}  // namespace dateline::extraction
