#pragma once
// The words by which releases mark their parts, in several languages: what a line announces (contacts, notes, embargo,
// end) and what is not part of the release at all (menus, share buttons). The words are data; nothing here asks which
// language a document is in. Keys are in text::FoldKey form. Pure, thread-safe, linear in the line.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline::extraction {

// What a line announces.
enum class Cue : std::uint8_t {
  kNone,
  kChrome,    // part of the site, not of the release
  kMasthead,  // "Press release", "News": the kind of document
  kContact,   // "Media contact:", "For further information please contact ..."
  kAbout,     // "About the Fund"
  kNotes,     // "Notes to editors"
  kRelated,   // "Further information", "See also"
  kEmbargo,   // "Embargoed until ...", "For immediate release"
  kEnd,       // "###", "ENDS", "-30-"
};

// The longest line, in bytes of its key, that can be a label.
inline constexpr std::size_t kMaxLabelKey = 90;

// What the line with key `key` announces. `words` is its number of words, so that a sentence which happens to begin
// like a label is not taken for one.
Cue CueOfLine(std::string_view key, std::size_t words);

// Whether the sentence with key `key` says whom to contact: "for more information, contact ...".
bool SaysWhomToContact(std::string_view key);

}  // namespace dateline::extraction
