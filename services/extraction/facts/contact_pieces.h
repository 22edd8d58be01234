#pragma once
// The pieces that contact lines are made of: text between addresses and numbers is cut at signs and small words, and
// each piece is told to be a person, an organisation or neither by its words. Pure, thread-safe, linear in the text.

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "services/extraction/facts/contact_words.h"
#include "services/extraction/gazetteer/gazetteer.h"

namespace dateline::extraction {

// Bytes [begin, end) of a text.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Cuts the text between addresses and numbers at the signs and words that part a name from an organisation.
std::vector<Piece> Pieces(std::string_view text, Piece segment);

// Without "Mr", "Dr" and the like at the head of a name.
Piece DropHonorific(std::string_view text, Piece piece);

// Whether the piece has the shape of a person's name. `after_cue` says that "contact:" or the like stands before it,
// which is asked for in scripts without capitals.
bool IsPersonName(std::string_view text, Piece piece, const Gazetteer& gazetteer, bool after_cue);

// The two names of "Lee Hart and Ada Quay".
std::optional<std::pair<Piece, Piece>> TwoNames(std::string_view text, Piece piece, const Gazetteer& gazetteer,
                                                bool after_cue);

// Whether it is called as a body is; behind a name (`after_name`) whatever begins with a capital is one.
// A name and, right behind it, an office that begins with an acronym: "Peter Hart FAO Media Relations".
std::optional<std::pair<Piece, Piece>> NameAndBody(std::string_view text, Piece piece, const Gazetteer& gazetteer,
                                                   bool after_cue);

bool IsOrganization(std::string_view text, Piece piece, bool after_name);

// Whether one of its words, folded, is among `words`.
bool HasWordOf(std::string_view text, Piece piece, const ContactWords& words);
bool StartsUpper(std::string_view text, Piece word);

// The bytes of the line up to behind the words that announce a contact: "For further information please contact ".
std::size_t BehindCue(std::string_view line);

}  // namespace dateline::extraction
