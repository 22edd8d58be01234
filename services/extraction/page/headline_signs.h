#pragma once
// The words by which the area around a headline is read: what classes and ids say of an element, which labels name
// somebody else than the author, which links lead to a person's page. Tables and pure functions, thread-safe, linear.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The longest address that is looked at as one of an author's page.
inline constexpr std::size_t kMaxProfileHref = 500;

// What class and id of an element say.
enum Mark : std::uint32_t {
  kAuthorMark = 1,
  kDateMark = 2,
  kOtherMark = 4,  // comments, teasers, footers
  kDeckMark = 8,
  kModifiedMark = 16,
  kBoxMark = 32,      // boxes that stand at the side or foot, of the page or of an article
  kAccountMark = 64,  // what it holds is the name of a person or account
};

// The marks of a class or id; looks at its first 300 bytes.
std::uint32_t MarksOf(std::string_view value);

bool HasDigit(std::string_view s);
// Whether a text has digits enough for day and year, "5/3/24" being the shortest.
bool MayHoldDate(std::string_view s);
// "13:36"
bool HasClock(std::string_view s);

// Whether an element is there to give a time: <time>, those of scripts that are written alike ("relative-time"), and
// what says an ISO date in its title, as microformats do.
bool IsTime(const HtmlTree& tree, const HtmlNode& node);
// Whether what the type of microdata describes is a reader's answer to the page, and its date not that of the page.
bool IsReply(std::string_view itemtype);

// Whether the words before a name say that it is not that of the author: a reviewer, a photographer.
bool IsOtherRole(std::string_view label);
// Whether the piece of text before a name is such a label: "Reviewed by", "Photo:".
bool IsOtherLabel(std::string_view label);
// Whether a piece of text only joins names: "and", ",".
bool IsJoint(std::string_view segment);

// Whether a link leads to the page of an author or user.
bool LeadsToProfile(std::string_view href);

}  // namespace dateline::extraction
