#include "services/extraction/page/foot_dates.h"

#include <string>
#include <string_view>
#include <utility>

#include "services/extraction/page/headline_signs.h"
#include "services/extraction/page/markup_text.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxDateText = 120;

class FootReader {
 public:
  explicit FootReader(const HtmlTree& tree) : tree_(tree) {}

  void Read(std::size_t foot) {
    label_.clear();
    for (std::size_t i = foot; i < tree_.nodes()[foot].end && !several_; ++i) Node(tree_.nodes()[i]);
  }

  std::optional<DateSign> Result() && {
    DateSign sign{.basis = "labelled", .raw = {}, .far = true, .foot = true};
    if (!several_ && !published_.empty()) {
      sign.raw = std::move(published_);
      if (is_element_) sign.basis = "time_element";
    } else {
      sign.raw = std::move(changed_);
    }
    if (sign.raw.empty()) return std::nullopt;
    return sign;
  }

 private:
  void Node(const HtmlNode& node) {
    if (node.tag == Tag::kTime || tree_.Attribute(node, "itemprop") == "datePublished") {
      const std::string_view time = tree_.Attribute(node, "datetime");
      Add(MarkupLine(time.empty() ? tree_.Attribute(node, "content") : time), true);
    } else if (node.tag == Tag::kText && node.text.size() <= kMaxDateText) {
      Text(MarkupLine(node.text));
    }
  }

  void Text(std::string line) {
    const std::string before = std::exchange(label_, std::move(line));
    if (label_.empty()) label_ = before;
    if (!HasDigit(label_)) return;
    if (changed_.empty() && IsChangeLine(label_)) changed_ = label_;
    // A label holds no date of its own.
    if (IsPublishLabel(label_) || (!HasDigit(before) && IsPublishLabel(before))) Add(label_, false);
  }

  void Add(std::string raw, bool is_element) {
    if (!HasDigit(raw)) return;
    several_ = !published_.empty() && published_ != raw;
    published_ = std::move(raw);
    is_element_ = is_element_ || is_element;
  }

  const HtmlTree& tree_;
  std::string label_;      // the piece of text before
  std::string published_;  // what dates the page
  std::string changed_;    // the line that says when it was changed
  bool is_element_ = false;
  bool several_ = false;
};

}  // namespace

std::optional<DateSign> ReadFootDate(const HtmlTree& tree, const std::vector<std::size_t>& feet) {
  FootReader reader(tree);
  for (const std::size_t foot : feet) reader.Read(foot);
  return std::move(reader).Result();
}

}  // namespace dateline::extraction
