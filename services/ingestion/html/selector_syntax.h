#pragma once
// Which CSS selectors recipes may use. MyCSS, whose matcher does the work, can loop without end on malformed ones, so
// that only those which this grammar knows reach it. Pure, thread-safe, linear.

#include <string_view>

namespace dateline::html {

// Lists of compounds joined by white space, ">", "+" or "~". A compound is a tag or "*", then any of #id, .class,
// [attribute] with =, ~=, |=, ^=, $= and *=, :first-child, :last-child, :only-child, :first-of-type, :last-of-type,
// :nth-child(…), :nth-of-type(…) and :not(compound without pseudo-classes). Names are ASCII; there are no escapes.
bool IsSelector(std::string_view text);

}  // namespace dateline::html
