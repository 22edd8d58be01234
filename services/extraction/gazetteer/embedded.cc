#include "services/extraction/gazetteer/embedded.h"

// EXTRACTION_DATA is the folder data/, given by the build; the files are dependencies of this one there.
#define EMBED(symbol, file)                                                                              \
  __asm__(".section .rodata\n.balign 16\n.global " #symbol "\n.global " #symbol "_end\n" #symbol         \
          ":\n.incbin \"" EXTRACTION_DATA "/" file "\"\n" #symbol                                        \
          "_end:\n.byte 0\n.balign 16\n"                                                                 \
          ".previous\n");                                                                                \
  extern "C" const char symbol[];      /* NOLINT(modernize-avoid-c-arrays): a symbol of the assembler */ \
  extern "C" const char symbol##_end[] /* NOLINT(modernize-avoid-c-arrays) */

EMBED(dateline_places_table, "places.bin");
EMBED(dateline_words_table, "words.bin");

namespace dateline::extraction {

std::string_view EmbeddedPlaces() {
  return {dateline_places_table, static_cast<std::size_t>(dateline_places_table_end - dateline_places_table)};
}

std::string_view EmbeddedWords() {
  return {dateline_words_table, static_cast<std::size_t>(dateline_words_table_end - dateline_words_table)};
}

}  // namespace dateline::extraction
