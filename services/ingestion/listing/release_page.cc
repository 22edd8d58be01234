#include "services/ingestion/listing/release_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/item_fields.h"

namespace dateline::listing {
namespace {

// The selectors of a recipe with the names of their fields.
std::vector<std::pair<std::string, const std::string*>> SelectorsOf(const ReleaseRecipe& recipe) {
  std::vector<std::pair<std::string, const std::string*>> selectors = {
      {"title", &recipe.title}, {"date", &recipe.date}, {"body", &recipe.body}};
  for (size_t i = 0; i < recipe.remove.size(); ++i) {
    selectors.emplace_back(fmt::format("remove[{}]", i), &recipe.remove[i]);
  }
  return selectors;
}

bool BeginsBlock(std::string_view tag) {
  constexpr std::array<std::string_view, 24> kBlocks = {
      "p",  "div", "br", "li", "ul",      "ol",      "h1",         "h2",     "h3",    "h4",  "h5",         "h6",
      "tr", "td",  "th", "dt", "section", "article", "blockquote", "figure", "table", "pre", "figcaption", "dd"};
  return std::find(kBlocks.begin(), kBlocks.end(), tag) != kBlocks.end();
}

class ReleaseReader {
 public:
  ReleaseReader(const html::Page& page, const ReleaseRecipe& recipe) : page_(page), recipe_(recipe) {}

  absl::StatusOr<ReleasePage> Read() {
    DATELINE_ASSIGN_OR_RETURN(const auto titles, Find("title", recipe_.title));
    if (!titles.empty()) release_.title = page_.Words(titles.front());
    DATELINE_ASSIGN_OR_RETURN(const auto dates, Find("date", recipe_.date));
    if (!dates.empty()) ReadDate(dates.front());
    std::set<std::uint32_t> removed;
    for (size_t i = 0; i < recipe_.remove.size(); ++i) {
      DATELINE_ASSIGN_OR_RETURN(const auto found, Find(fmt::format("remove[{}]", i), recipe_.remove[i]));
      removed.insert(found.begin(), found.end());
    }
    DATELINE_ASSIGN_OR_RETURN(const auto bodies, Find("body", recipe_.body));
    std::uint32_t read_to = 0;
    for (const std::uint32_t body : bodies) {
      if (body < read_to) continue;  // Inside one that was read.
      read_to = page_.node(body).end;
      ReadText(body, removed);
      release_.body_html += page_.Markup(body, removed, kReleaseMarkupMax - release_.body_html.size());
    }
    // A character of a page in a wrong charset may come torn out of the parser, and records hold only sound text.
    for (std::string* words : {&release_.title, &release_.date_text, &release_.text, &release_.body_html}) {
      *words = text::ReplaceInvalidUtf8(*words);
    }
    release_.text = std::string(text::TruncateUtf8(release_.text, kReleaseTextMax));
    return std::move(release_);
  }

 private:
  // What a selector matches; notes when that is nothing.
  absl::StatusOr<std::vector<std::uint32_t>> Find(const std::string& field, const std::string& selector) {
    if (selector.empty()) return std::vector<std::uint32_t>();
    DATELINE_ASSIGN_OR_RETURN(std::vector<std::uint32_t> found, page_.Select(selector, 0));
    if (found.empty()) release_.unmatched.push_back(field);
    return found;
  }

  void ReadDate(std::uint32_t element) {
    release_.date_text = page_.Words(element);
    const std::string language = page_.Language();  // The context only refers to it.
    const dates::DateContext context{.language = language, .month_first = {}, .year = {}};
    if (auto match = FindItemDate(page_, element, page_.node(element).end, context)) {
      release_.date = match->date;
      release_.date_text = std::move(match->text);
    }
  }

  void ReadText(std::uint32_t body, const std::set<std::uint32_t>& removed) {
    std::uint32_t begin = body;
    const auto flush = [&](std::uint32_t end) {
      const std::string words = page_.Words(begin, end);
      if (!words.empty()) release_.text += words + "\n";
      begin = end;
    };
    for (std::uint32_t i = body; i < page_.node(body).end && release_.text.size() <= kReleaseTextMax; ++i) {
      if (removed.contains(i)) {
        flush(i);
        begin = page_.node(i).end;
        i = begin - 1;
      } else if (BeginsBlock(page_.node(i).tag)) {
        flush(i);
        // Its end parts lines as well, where the next node is no block of its own.
        ends_.insert(page_.node(i).end);
      } else if (ends_.contains(i)) {
        flush(i);
      }
    }
    flush(page_.node(body).end);
  }

  const html::Page& page_;
  const ReleaseRecipe& recipe_;
  ReleasePage release_;
  std::set<std::uint32_t> ends_;
};

}  // namespace

absl::Status CheckRecipe(const ReleaseRecipe& recipe) {
  for (const auto& [field, selector] : SelectorsOf(recipe)) {
    if (selector->empty()) continue;
    if (const absl::Status status = html::CheckSelector(*selector); !status.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_RECIPE",
                   fmt::format("{}: {}", field, ToStd(status.message())), {{"field", field}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReleasePage> ReadRelease(const ListingInput& input, const ReleaseRecipe& recipe) {
  DATELINE_RETURN_IF_ERROR(CheckRecipe(recipe));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<html::Page> page,
                            html::Page::Parse(input.bytes, input.content_type, input.url));
  return ReleaseReader(*page, recipe).Read();
}

}  // namespace dateline::listing
