#pragma once
// Who wrote a page, chosen among everything that may say so: JSON-LD, meta elements, bylines, links to profiles.
// Equal names from several places are one candidate; each is weighed by a conditional logit over what can be seen of it
// (where it stands, what shape its names have, who else is named), whose weights stand in author_weights_data.cc.
// Where no candidate is likely enough, nobody is named. Pure, thread-safe, linear in the number of signs times the
// page's text.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// Where a page names an author.
enum class AuthorSource : std::uint8_t {
  kJsonPerson,        // JSON-LD, typed Person
  kJsonUntyped,       // JSON-LD without a type
  kJsonOrganization,  // JSON-LD, typed Organization
  kJsonPage,          // JSON-LD, of the page around the article, or of a question
  kMicrodata,         // itemprop or rel=author
  kByline,            // an element that is called byline or author
  kText,              // "By NAME"
  kLabelled,          // "Author: NAME", "Written by NAME"
  kProfile,           // a link to a page of authors or users
  kDatedLine,         // a line with a date and a name at the headline
  kNameLine,          // a line at the headline that is nothing but a name
  kMeta,              // <meta name=author>
  kNewsMeta,          // meta elements of news systems and libraries
  kCard,              // "Written by" of a card
  kCount,
};
inline constexpr std::size_t kAuthorSourceCount = static_cast<std::size_t>(AuthorSource::kCount);

// The rule that a source gives, "author.json_ld" and the like.
std::string_view AuthorRule(AuthorSource source);

// One place that names authors.
struct AuthorSign {
  std::vector<std::string> names;  // not empty
  AuthorSource source = AuthorSource::kText;
  std::string uri = {};  // of the first name's own page, as written
  // At the headline, and how far from it in bytes of text; what stands before it counts double.
  bool near = false;
  long distance = 0;
};

// What is known of the page besides.
struct AuthorContext {
  const HtmlTree* tree = nullptr;
  std::vector<std::string> site_keys;  // keys (NameKey) of the site's names
  std::string title_key;
  bool article = false;     // JSON-LD describes an article
  bool discussion = false;  // or a discussion
  bool front_page = false;  // the URL has no path
};

// What the model looks at; each is 0 or 1.
enum class AuthorFeature : std::uint8_t {
  kBias,
  // One for each source, at the headline or of no place, in the order of AuthorSource.
  kSource,
  // The same far from the headline, for sources that stand in the page.
  kFarMicrodata = kSource + static_cast<std::uint8_t>(kAuthorSourceCount),
  kFarByline,
  kFarText,
  kFarLabelled,
  kFarProfile,
  kFarDatedLine,
  kFarNameLine,
  kNear,        // it stands at the headline
  kNearest,     // nobody is named nearer to the headline
  kVeryNear,    // within a line or two
  kTwoSources,  // at least two sources say the same
  kThreeSources,
  kHidden,       // only machines are told
  kHiddenShown,  // the same, but the text shows the last word of it
  kHiddenWhole,  // or all of it
  kSingle,       // a single word
  kAccount,      // which is written like an account: small letters, digits, joined words
  kTypedSingle,  // a single word that JSON-LD or microdata give
  kHiddenAccount,
  kOrganization,  // holds words of firms, desks and roles
  kDesk,          // a desk or house signs, as readers are told at the headline
  kGivenName,     // the first word is known as a first name
  kFamilyName,    // the last word as a last name
  kOrdinaryWord,  // holds a word of the dictionary that is no name
  kSite,          // is the site's name
  kSiteLike,      // shares most of it
  kSiteHidden,
  // Only machines are told: what one plug-in says in several places is no second witness.
  kHiddenTwice,      // in two places
  kHiddenPerson,     // as a person of JSON-LD
  kHiddenCard,       // and on a card
  kHiddenGiven,      // a name that begins with a known first name
  kHiddenSingle,     // a single word
  kSiteNear,         // the site's name, at the headline
  kSitePerson,       // the site's name, as a person of JSON-LD
  kSeveral,          // two names
  kMany,             // more
  kSuperset,         // names all that another candidate names, and more
  kSubset,           // names fewer than another that names them too
  kSupersetMachine,  // names more, and machines are told so
  kSupersetTwice,    // names more, and two sources say so
  kSubsetMachine,    // names fewer than machines are told
  kRivalJson,        // JSON-LD names somebody else
  kRivalNear,        // somebody else is named nearer
  kRivalMeta,        // meta elements name somebody else
  kLinkNamed,        // the link of the first name holds that name
  kOnlyLine,         // no other source than a line at the headline
  kArticle,          // JSON-LD describes an article
  kDiscussion,       // the page is a discussion
  kFrontPage,
  kCrowd,     // many are named far from the headline: teasers, comments
  kCrowdFar,  // and this is one of them
  kCount,
};
inline constexpr std::size_t kAuthorFeatureCount = static_cast<std::size_t>(AuthorFeature::kCount);
using AuthorFeatures = std::array<bool, kAuthorFeatureCount>;

// A candidate: the same names from all places that give them.
struct AuthorCandidate {
  std::vector<std::string> names;
  std::string uri = {};
  std::vector<AuthorSource> sources;  // in the order of AuthorSource, each once
  AuthorFeatures features = {};
  double probability = 0;
};

// All candidates, the most likely first. The probability is that a reader would name exactly these people; what is left
// over of 1 is that of naming nobody.
std::vector<AuthorCandidate> WeighAuthors(const std::vector<AuthorSign>& signs, const AuthorContext& context);

// The most likely of WeighAuthors' candidates, or nullptr where it is not likely enough, or no likelier than others.
const AuthorCandidate* ChooseAuthor(const std::vector<AuthorCandidate>& candidates);

// The weights, in the order of AuthorFeature.
extern const std::array<double, kAuthorFeatureCount> kAuthorWeights;

}  // namespace dateline::extraction
