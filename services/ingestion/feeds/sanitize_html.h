#pragma once
// Makes a fragment of HTML from a feed harmless: only elements and attributes from a list stay, addresses become
// absolute and must have a harmless scheme, and scripts, styles and the like go with all they hold. What is shown or
// sent on comes from strangers. Pure, thread-safe, linear.

#include <string>
#include <string_view>

namespace dateline::feeds {

// `base` is an absolute URL or empty, when references stay as they are.
std::string SanitizeHtml(std::string_view html, std::string_view base);

// Whether text that does not say what it is holds HTML: a tag that HTML knows, or a reference.
bool LooksLikeHtml(std::string_view text);

// The words of a fragment: tags are white space where they part blocks, references resolved, runs of white space one
// space.
std::string PlainText(std::string_view html);

// The address of the first image of a sanitized fragment; empty when there is none.
std::string FirstImage(std::string_view html);

}  // namespace dateline::feeds
