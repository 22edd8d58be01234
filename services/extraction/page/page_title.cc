#include "services/extraction/page/page_title.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/author_names.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinHeadlineBytes = 8;
constexpr std::size_t kMaxCuts = 3;

// The parts of a title and the separators between them.
struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool stroke_before = false;  // "|" stands before it
};

std::vector<Segment> SegmentsOf(std::string_view title) {
  static constexpr std::array<std::string_view, 15> kSeparators = {
      " | ",      " - ", " \u2013 ", " \u2014 ", " \u00B7 ", " :: ", " \u00BB ", " \u00AB ",
      " \u2022 ", " / ", " // ",     " > ",      " < ",      " ~ ",  " : "};
  std::vector<Segment> segments(1);
  for (std::size_t i = 0; i < title.size();) {
    std::size_t length = 0;
    bool stroke = false;
    for (const std::string_view separator : kSeparators) {
      if (title.substr(i).starts_with(separator)) {
        length = separator.size();
        stroke = separator == " | ";
      }
    }
    if (length == 0 && title[i] == '|') {
      length = 1;
      stroke = true;
    }
    if (length == 0) {
      ++i;
      continue;
    }
    segments.back().end = i;
    i += length;
    segments.push_back({i, i, stroke});
  }
  segments.back().end = title.size();
  return segments;
}

// "news.harbour-trust.example" names "harbourtrust".
std::string HostKey(std::string_view host) {
  std::vector<std::string_view> labels;
  while (!host.empty()) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    labels.push_back(host.substr(0, dot));
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  if (labels.size() < 2) return {};
  std::size_t at = labels.size() - 2;
  // "co.uk", "com.br", "gov.au"
  if (labels[at].size() <= 3 && labels.back().size() == 2 && at > 0) --at;
  std::string key = NameKey(labels[at]);
  return key.size() >= 3 ? key : std::string();
}

bool NamesSite(std::string_view segment, std::string_view site_key, std::string_view host_key) {
  const std::string key = NameKey(segment);
  if (key.empty()) return false;
  const auto matches = [&](std::string_view known) {
    if (known.size() < 3) return false;
    if (key == known) return true;
    if (key.size() >= 4 && known.find(key) != std::string_view::npos && key.size() * 2 >= known.size()) return true;
    return key.find(known) != std::string::npos && key.size() <= 3 * known.size() + 4;
  };
  return matches(site_key) || matches(host_key);
}

std::unordered_set<std::string> WordSet(std::string_view key) {
  std::unordered_set<std::string> words;
  for (std::size_t begin = 0; begin < key.size();) {
    const std::size_t end = std::min(key.find(' ', begin), key.size());
    if (std::string word = NameKey(key.substr(begin, end - begin)); word.size() > 1) words.insert(std::move(word));
    begin = end + 1;
  }
  return words;
}

// How many of the words of the shorter one stand in both, 0 to 100.
int Overlap(std::string_view a, std::string_view b) {
  const auto words_a = WordSet(a);
  const auto words_b = WordSet(b);
  if (words_a.empty() || words_b.empty()) return 0;
  std::size_t both = 0;
  for (const std::string& word : words_a) both += words_b.contains(word) ? 1 : 0;
  return static_cast<int>(both * 100 / std::min(words_a.size(), words_b.size()));
}

// The rule of ChooseTitle, over folded keys.
class Chooser {
 public:
  explicit Chooser(const TitleSigns& signs)
      : signs_(signs), site_key_(NameKey(signs.site_name)), host_key_(HostKey(signs.host)) {
    og_ = WithoutSiteName(signs.og_title, signs.site_name, signs.host);
    title_ = WithoutSiteName(signs.html_title, signs.site_name, signs.host);
    for (const std::string* whole : {&signs.og_title, &signs.html_title, &signs.json_headline, &signs.other_title})
      keys_.push_back(text::FoldKey(*whole));
    best_ = !og_.empty() ? og_ : !signs.json_headline.empty() ? signs.json_headline : title_;
    best_key_ = text::FoldKey(best_);
  }

  TitleChoice Choose() const {
    if (const Headline* headline = Confirmed(); headline != nullptr)
      return {headline->text, "title.h1", headline->node};
    if (const Headline* headline = Likely(); headline != nullptr)
      return {headline->text, "title.h1_only", headline->node};
    if (!og_.empty()) return {og_, "title.og", kNoNode};
    if (!signs_.json_headline.empty()) return {signs_.json_headline, "title.json_ld", kNoNode};
    if (!signs_.other_title.empty() && title_.empty())
      return {WithoutSiteName(signs_.other_title, signs_.site_name, signs_.host), "title.og", kNoNode};
    if (!title_.empty() && !NamesSite(title_, site_key_, host_key_)) return {title_, "title.title", kNoNode};
    for (const Headline& headline : signs_.headlines) {
      if (headline.level <= 2 && !IsSite(headline)) return {headline.text, "title.h1_only", headline.node};
    }
    return {title_, title_.empty() ? "" : "title.title", kNoNode};
  }

 private:
  bool IsSite(const Headline& headline) const {
    return headline.text.size() < 3 || NamesSite(headline.text, site_key_, host_key_);
  }

  // The heading that the page's own titles hold, or begin.
  const Headline* Confirmed() const {
    const Headline* best = nullptr;
    int best_score = 0;
    for (const Headline& headline : signs_.headlines) {
      const std::string key = text::FoldKey(headline.text);
      if (key.size() < kMinHeadlineBytes) continue;
      bool held = false;
      for (const std::string& whole : keys_) held = held || whole.find(key) != std::string::npos;
      // A title that was cut: "Basin reopens after ..." begins the heading.
      const bool begins = best_key_.size() >= 2 * kMinHeadlineBytes && key.starts_with(Uncut(best_key_));
      if (!held && !begins) continue;
      if (key.size() * 10 < best_key_.size() * 4 || IsSite(headline)) continue;
      const int score = (headline.level == 1   ? 40
                         : headline.marked     ? 30
                         : headline.level == 2 ? 20
                                               : 10) +
                        (headline.marked ? 5 : 0) + (key.size() * 10 >= best_key_.size() * 8 ? 20 : 0);
      if (score > best_score) {
        best = &headline;
        best_score = score;
      }
    }
    return best;
  }

  static std::string_view Uncut(std::string_view key) {
    for (const std::string_view mark : {" ...", "...", " \u2026", "\u2026"}) {
      if (key.ends_with(mark)) return key.substr(0, key.size() - mark.size());
    }
    return key;
  }

  // The one heading of the first level, when the page's titles say nearly the same, or it is a headline by its length.
  const Headline* Likely() const {
    const Headline* only = nullptr;
    for (const Headline& headline : signs_.headlines) {
      if (headline.level != 1 || IsSite(headline)) continue;
      if (only != nullptr && text::FoldKey(only->text) != text::FoldKey(headline.text)) return nullptr;
      if (only == nullptr) only = &headline;
    }
    if (only == nullptr) return nullptr;
    const std::string key = text::FoldKey(only->text);
    const auto words = std::count(key.begin(), key.end(), ' ') + 1;
    if (key.size() > 250) return nullptr;
    if (words >= 3 && Overlap(key, best_key_) >= 50) return only;
    return words >= 4 && (only->marked || best_key_.empty() || words >= 5) ? only : nullptr;
  }

  const TitleSigns& signs_;
  std::string site_key_;
  std::string host_key_;
  std::string og_;
  std::string title_;
  std::string best_;
  std::string best_key_;
  std::vector<std::string> keys_;
};

}  // namespace

TitleChoice ChooseTitle(const TitleSigns& signs) {
  return Chooser(signs).Choose();
}

std::string StatedPart(const std::vector<HeadingPart>& parts, std::string_view whole, const TitleSigns& signs) {
  // Fewer words are a label as often.
  constexpr std::ptrdiff_t kMinSpaces = 2;
  const std::string whole_key = NameKey(whole);
  const std::array<std::string, 3> own = {NameKey(signs.og_title), NameKey(signs.json_headline),
                                          NameKey(signs.other_title)};
  const std::string html_title = NameKey(signs.html_title);
  for (const HeadingPart& part : parts) {
    if (std::count(part.line.begin(), part.line.end(), ' ') < kMinSpaces) continue;
    const std::string key = NameKey(part.line);
    const auto says = [&](const std::string& title) { return title == key; };
    // The site's name may stand behind it.
    const auto begins = [&](const std::string& title) {
      return title.starts_with(key) && title.size() * 5 < key.size() * 8 && title.find(whole_key) == std::string::npos;
    };
    if (std::any_of(own.begin(), own.end(), says)) return part.line;
    if (part.ends && (begins(html_title) || std::any_of(own.begin(), own.end(), begins))) return part.line;
  }
  return {};
}

std::string WithoutSiteName(std::string_view title, std::string_view site_name, std::string_view host) {
  const std::string site_key = NameKey(site_name);
  const std::string host_key = HostKey(host);
  std::vector<Segment> segments = SegmentsOf(title);
  std::size_t first = 0;
  std::size_t last = segments.size() - 1;
  bool cut = false;
  const auto segment = [&](std::size_t i) {
    return title.substr(segments[i].begin, segments[i].end - segments[i].begin);
  };
  for (std::size_t cuts = 0; cuts < kMaxCuts && last > first; ++cuts) {
    if (NamesSite(segment(last), site_key, host_key)) {
      --last;
      cut = true;
    } else if (NamesSite(segment(first), site_key, host_key)) {
      ++first;
      cut = true;
    } else {
      break;
    }
  }
  // A stroke parts off the site or its section; a dash may belong to the headline.
  while (last > first && segments[last].stroke_before &&
         segments[last - 1].end - segments[first].begin >= segments[last].end - segments[last].begin) {
    --last;
    cut = true;
  }
  if (!cut && last > first && site_key.empty() &&
      segments[last - 1].end - segments[first].begin >= 3 * (segments[last].end - segments[last].begin))
    --last;
  return std::string(text::TrimSpace(title.substr(segments[first].begin, segments[last].end - segments[first].begin)));
}

}  // namespace dateline::extraction
