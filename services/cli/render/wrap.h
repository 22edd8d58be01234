#pragma once
// Breaks text into lines for a terminal, by display width, at spaces (and between East Asian characters). Pure.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dateline::cli {

// Each line begins with `indent` spaces and takes at most `columns`; a word that is longer stands on a line of its own.
// Line breaks in `text` stay. Ends with a line break unless `text` is empty.
std::string Wrap(std::string_view text, size_t columns, size_t indent);

// Appends a word, which is a view into the text that is wrapped, in the way it shall be shown; what it adds must not
// take up columns.
using Painter = std::function<void(std::string_view word, std::string& out)>;
std::string Wrap(std::string_view text, size_t columns, size_t indent, const Painter& painter);

}  // namespace dateline::cli
