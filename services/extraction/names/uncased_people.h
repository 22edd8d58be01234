#pragma once
// People in scripts without capital letters (Chinese, Arabic): nothing but the words around a name shows it. A name is
// what stands between an office or title of address and the next word of the lexicons, or, in Chinese, before a title
// that follows the name. Pure; linear in the tokens.

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

void ProposeUncasedPeople(const NameText& text, Mentions* out);

}  // namespace dateline::extraction
