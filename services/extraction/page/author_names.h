#pragma once
// Names of authors out of bylines as they are written: "By Ada Quay and Lee Hart, Staff Writers | 5 March" gives two
// persons. Takes labels, roles, dates and agencies off, parts several names, and refuses what names nobody: buttons,
// dates, account labels. Where a desk or a house signs instead of persons (desk_names.h), that name is kept whole. The
// words are data of several languages; nothing asks which language a page is in. Pure, thread-safe, linear.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::extraction {

// How far the place where a byline stands vouches for it.
enum class BylineTrust : std::uint8_t {
  kTyped,  // marked as a person or an author: a single word may be an account name
  kLabel,  // behind "By" or in an element called byline: capitalised words
};

// The longest byline that is read, in bytes.
inline constexpr std::size_t kMaxBylineBytes = 300;
inline constexpr std::size_t kMaxBylineNames = 12;

// The persons that `raw` (one line) names, in order, each once, or the desk; none when it is no byline. `site_keys` are
// keys (NameKey) of the site's names, which are never persons.
std::vector<std::string> NamesOfByline(std::string_view raw, BylineTrust trust,
                                       const std::vector<std::string>& site_keys);

// The person that a short line names without any label: it is nothing but a name, or (`dated`) a date and a name parted
// by a sign: "5 March 2024 - Ada Quay".
std::vector<std::string> NamesOfLine(std::string_view line, bool* dated);

// Whether `name` holds words that no name of a person holds: those of firms, desks, roles and sentences.
bool NamesNoPerson(std::string_view name);

// `name` folded, with letters and digits only: the same for "Harbour-Trust" and "harbourtrust".
std::string NameKey(std::string_view name);

}  // namespace dateline::extraction
