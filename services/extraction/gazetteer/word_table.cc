#include "services/extraction/gazetteer/word_table.h"

#include "services/extraction/gazetteer/embedded.h"
#include "services/extraction/gazetteer/key_index.h"
#include "services/extraction/gazetteer/name_key.h"

namespace dateline::extraction {
namespace {

const KeyIndex<1>& Index() {
  static const KeyIndex<1> index(EmbeddedWords());
  return index;
}

}  // namespace

std::uint8_t WordTable::Find(std::uint64_t key) {
  return static_cast<std::uint8_t>(Index().Find(key).value_or(0));
}

std::uint8_t WordTable::Find(std::string_view word) {
  return Find(NameKeyOf(word));
}

std::size_t WordTable::size() {
  return Index().size();
}

}  // namespace dateline::extraction
