#include "services/extraction/gazetteer/embedded.h"

#include "common/base/embed.h"

// EXTRACTION_DATA is the folder data/, given by the build.
EMBED_BYTES(dateline_places_table, EXTRACTION_DATA "/places.bin");
EMBED_BYTES(dateline_words_table, EXTRACTION_DATA "/words.bin");

namespace dateline::extraction {

std::string_view EmbeddedPlaces() {
  return {dateline_places_table, static_cast<std::size_t>(dateline_places_table_end - dateline_places_table)};
}

std::string_view EmbeddedWords() {
  return {dateline_words_table, static_cast<std::size_t>(dateline_words_table_end - dateline_words_table)};
}

}  // namespace dateline::extraction
