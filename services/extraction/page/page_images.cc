#include "services/extraction/page/page_images.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/zones/credit_marker.h"

namespace dateline::extraction {
namespace {

// A box around an image with more text than this is no figure.
constexpr std::size_t kMaxFigureBytes = 900;
constexpr int kMaxFigureSteps = 5;
constexpr std::size_t kMaxFigureNodes = 200;
// Images that the page draws smaller than this, in pixels, are no illustrations.
constexpr int kMinPixels = 60;

std::string Lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

template <std::size_t N>
bool HoldsAny(std::string_view s, const std::array<std::string_view, N>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return s.find(part) != std::string_view::npos; });
}

// The first address of a srcset, or its largest by the widths that it gives.
std::string_view OfSrcset(std::string_view srcset) {
  std::string_view best;
  int best_width = -1;
  while (!srcset.empty()) {
    // Addresses may hold commas; one that parts has a space behind it, or ends a width.
    std::size_t end = srcset.find(", ");
    if (end == std::string_view::npos) end = srcset.size();
    const std::string_view item = text::TrimSpace(srcset.substr(0, end));
    srcset.remove_prefix(std::min(end + 2, srcset.size()));
    const std::size_t space = item.find(' ');
    const std::string_view uri = item.substr(0, space);
    const int width = space == std::string_view::npos ? 0 : std::atoi(std::string(item.substr(space + 1, 8)).c_str());
    if (!uri.empty() && width > best_width) {
      best = uri;
      best_width = width;
    }
  }
  return best;
}

bool IsSmall(const HtmlTree& tree, const HtmlNode& node) {
  for (const std::string_view size : {tree.Attribute(node, "width"), tree.Attribute(node, "height")}) {
    if (size.empty() || size.find('%') != std::string_view::npos) continue;
    if (std::atoi(std::string(size.substr(0, 8)).c_str()) < kMinPixels && size[0] >= '0' && size[0] <= '9') return true;
  }
  return false;
}

// "(Ada Quay/Harbour Images)", "(AFP)": a bracket at the end that names who made the picture.
std::size_t CreditBracket(std::string_view s) {
  if (!s.ends_with(')') && !s.ends_with("\uFF09") && !s.ends_with(']')) return std::string_view::npos;
  const std::size_t open = s.find_last_of("([");
  if (open == std::string_view::npos || s.size() - open > kMaxCreditBytes / 2) return std::string_view::npos;
  static constexpr std::array<std::string_view, 14> kWords = {"photo",        "foto",   "getty",    "reuters", "afp",
                                                              "shutterstock", "istock", "dpa",      "epa",     "image",
                                                              "picture",      "bild",   "courtesy", "/"};
  return HoldsAny(text::FoldKey(s.substr(open)), kWords) ? open : std::string_view::npos;
}

}  // namespace

std::string_view ImageReference(const HtmlTree& tree, std::size_t i) {
  const HtmlNode& node = tree.nodes()[i];
  for (const std::string_view lazy : {tree.Attribute(node, "data-src"), tree.Attribute(node, "data-lazy-src"),
                                      tree.Attribute(node, "data-original")}) {
    if (!lazy.empty() && !lazy.starts_with("data:")) return lazy;
  }
  const std::string_view src = tree.Attribute(node, "src");
  if (!src.empty() && !src.starts_with("data:")) return src;
  for (const std::string_view set : {tree.Attribute(node, "data-srcset"), tree.Attribute(node, "srcset")}) {
    if (const std::string_view uri = OfSrcset(set); !uri.empty() && !uri.starts_with("data:")) return uri;
  }
  // <picture> has its sources beside the image.
  constexpr std::size_t kMaxPictureNodes = 40;
  if (tree.nodes()[node.parent].end - node.parent > kMaxPictureNodes) return {};
  for (std::size_t at = node.parent + 1; at < tree.nodes()[node.parent].end; ++at) {
    if (tree.nodes()[at].tag != Tag::kSource) continue;
    if (const std::string_view uri = OfSrcset(tree.Attribute(tree.nodes()[at], "srcset")); !uri.empty()) return uri;
  }
  return {};
}

std::uint8_t ImageReader::MarksOfName(std::uint32_t name) {
  std::uint8_t& marks = marks_[name];
  if (marks != kUnread) return marks;
  constexpr std::size_t kMaxName = 300;
  static constexpr std::array<std::string_view, 9> kCaptions = {"caption",    "legend",     "bildunterschrift",
                                                                "bildtext",   "photo-desc", "pie-de",
                                                                "didascalia", "image-desc", "img-desc"};
  static constexpr std::array<std::string_view, 10> kCredits = {
      "credit",   "copyright",    "photographer", "bildquelle", "bildnachweis",
      "fotograf", "image-source", "img-source",   "photo-by",   "attribution"};
  static constexpr std::array<std::string_view, 9> kDecorations = {"logo",  "icon",  "avatar",   "emoji",  "sprite",
                                                                   "pixel", "badge", "gravatar", "spinner"};
  const std::string lower = Lower(tree_.names()[name].substr(0, kMaxName));
  marks = static_cast<std::uint8_t>((HoldsAny(lower, kCaptions) ? kCaption : 0) |
                                    (lower.find("caption-wrap") != std::string::npos ? kCaptionFrame : 0) |
                                    (HoldsAny(lower, kCredits) ? kCredit : 0) |
                                    (HoldsAny(lower, kDecorations) ? kDecoration : 0));
  return marks;
}

bool ImageReader::IsCaption(const HtmlNode& node) {
  return node.tag == Tag::kFigcaption || (MarksOf(node) & (kCaption | kCaptionFrame)) == kCaption;
}

// The figure around the image: the element, or the nearest small box that holds a caption.
std::optional<std::size_t> ImageReader::FigureOf(std::size_t i) {
  const std::vector<HtmlNode>& nodes = tree_.nodes();
  std::size_t at = nodes[i].parent;
  for (int step = 0; step < kMaxFigureSteps && at != 0; ++step, at = nodes[at].parent) {
    if (nodes[at].end - at > kMaxFigureNodes || ElementTextBytes(tree_, at, kMaxFigureBytes) > kMaxFigureBytes)
      return std::nullopt;
    if (nodes[at].tag == Tag::kFigure) return at;
    for (std::size_t inner = at + 1; inner < nodes[at].end; ++inner) {
      if (nodes[inner].tag == Tag::kText) continue;
      if (IsCaption(nodes[inner])) return at;
    }
  }
  return std::nullopt;
}

// The text of [begin, end) without what stands in credits; those are put into `credit`.
void ImageReader::ReadCaption(std::size_t begin, PageImage* image) {
  const std::vector<HtmlNode>& nodes = tree_.nodes();
  std::string caption;
  for (std::size_t at = begin; at < nodes[begin].end && caption.size() < kMaxCaptionBytes;) {
    const HtmlNode& node = nodes[at];
    const bool element = node.tag != Tag::kText;
    if (element && at != begin && IsCredit(node)) {
      if (image->credit.empty()) image->credit = ElementLine(tree_, at);
      at = node.end;
      continue;
    }
    if (node.tag == Tag::kScript || node.tag == Tag::kStyle || node.tag == Tag::kButton) {
      at = node.end;
      continue;
    }
    if (!element)
      caption.append(node.text.substr(0, kMaxCaptionBytes));
    else
      caption.push_back(' ');
    ++at;
  }
  if (image->caption.empty()) image->caption = CleanLine(text::TruncateUtf8(caption, kMaxCaptionBytes));
}

void ImageReader::ReadFigure(std::size_t figure, PageImage* image) {
  const std::vector<HtmlNode>& nodes = tree_.nodes();
  for (std::size_t at = figure + 1; at < nodes[figure].end;) {
    const HtmlNode& node = nodes[at];
    if (node.tag == Tag::kText) {
      ++at;
      continue;
    }
    if (IsCaption(node)) {
      ReadCaption(at, image);
      at = node.end;
    } else if (IsCredit(node)) {
      if (image->credit.empty()) image->credit = ElementLine(tree_, at);
      at = node.end;
    } else {
      ++at;
    }
  }
}

PageImage ImageReader::Read(std::size_t i) {
  const HtmlNode& node = tree_.nodes()[i];
  PageImage image;
  image.uri = std::string(ImageReference(tree_, i));
  constexpr std::size_t kMaxAlt = 2000;
  image.alt_text = CleanLine(text::TruncateUtf8(tree_.Attribute(node, "alt"), kMaxAlt));
  image.decoration = IsDecorationUri(image.uri) || IsSmall(tree_, node) || (MarksOf(node) & kDecoration) != 0;
  if (image.decoration) return image;
  image.caption = MarkupLine(tree_.Attribute(node, "data-caption"));
  image.credit = MarkupLine(tree_.Attribute(node, "data-credit"));
  if (image.credit.empty()) image.credit = MarkupLine(tree_.Attribute(node, "data-copyright"));
  if (const std::optional<std::size_t> figure = FigureOf(i); figure.has_value()) ReadFigure(*figure, &image);
  if (image.credit.empty()) {
    const CaptionParts parts = SplitCredit(image.caption);
    image.credit = std::string(parts.credit);
    image.caption = std::string(parts.caption);
  }
  image.credit = std::string(text::TruncateUtf8(WithoutCreditMarks(image.credit), kMaxCreditBytes));
  return image;
}

bool IsDecorationUri(std::string_view uri) {
  static constexpr std::array<std::string_view, 16> kParts = {
      "logo",         "favicon",     "sprite", "/icon",  "icons/", "-icon", "_icon",  "avatar",
      "gravatar.com", "placeholder", "spacer", "blank.", "pixel.", "1x1",   "/badge", "emoji"};
  const std::string lower = Lower(uri.substr(0, uri.find('?')));
  return uri.starts_with("data:") || lower.ends_with(".svg") || HoldsAny(lower, kParts);
}

std::string ImageKey(std::string_view uri) {
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string name = Lower(uri.substr(uri.rfind('/') + 1));
  const std::size_t dot = name.rfind('.');
  if (dot != std::string::npos) name.resize(dot);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  // "-1024x683", "-scaled", "@2x"
  if (name.ends_with("-scaled")) name.resize(name.size() - 7);
  if (const std::size_t at = name.rfind('@'); at != std::string::npos && at + 3 == name.size()) name.resize(at);
  const std::size_t dash = name.find_last_of("-_");
  const std::size_t cross = name.find('x', dash == std::string::npos ? name.size() : dash);
  if (cross != std::string::npos && cross > dash + 1 && cross + 1 < name.size() &&
      std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1,
                  name.begin() + static_cast<std::ptrdiff_t>(cross), digit) &&
      std::all_of(name.begin() + static_cast<std::ptrdiff_t>(cross) + 1, name.end(), digit))
    name.resize(dash);
  return name;
}

CaptionParts SplitCredit(std::string_view line) {
  CaptionParts parts{text::TrimSpace(line), {}};
  std::size_t bytes = 0;
  std::size_t at = FindCreditMarker(parts.caption, &bytes);
  if (at == std::string_view::npos) at = CreditBracket(parts.caption);
  if (at == std::string_view::npos) return parts;
  std::string_view credit = parts.caption.substr(at);
  std::string_view caption = text::TrimSpace(parts.caption.substr(0, at));
  // "Photo: Ada Quay. The crane on pier four." begins with the credit.
  if (at == 0) {
    const std::size_t stop = credit.find(". ");
    if (stop != std::string_view::npos && stop < kMaxCreditBytes / 2) {
      caption = text::TrimSpace(credit.substr(stop + 1));
      credit = credit.substr(0, stop);
    }
  }
  if (credit.size() > kMaxCreditBytes) return parts;
  while (!caption.empty() && std::string_view("([|-/,").find(caption.back()) != std::string_view::npos)
    caption = text::TrimSpace(caption.substr(0, caption.size() - 1));
  parts.caption = caption;
  parts.credit = WithoutCreditMarks(credit);
  return parts;
}

std::string_view WithoutCreditMarks(std::string_view credit) {
  credit = text::TrimSpace(credit);
  static constexpr std::array<std::string_view, 4> kSigns = {"\u00A9", "\uFF08", "(c)", "(C)"};
  for (bool again = true; again && !credit.empty();) {
    again = false;
    std::size_t bytes = 0;
    if (FindCreditMarker(credit, &bytes) == 0 && bytes > 0) {
      credit = text::TrimSpace(credit.substr(bytes));
      again = true;
    }
    for (const std::string_view sign : kSigns) {
      if (!credit.starts_with(sign)) continue;
      credit = text::TrimSpace(credit.substr(sign.size()));
      again = true;
    }
    if (!credit.empty() && std::string_view("([:|/-,").find(credit.front()) != std::string_view::npos) {
      credit = text::TrimSpace(credit.substr(1));
      again = true;
    }
  }
  while (!credit.empty() && (std::string_view(")].,|").find(credit.back()) != std::string_view::npos))
    credit = text::TrimSpace(credit.substr(0, credit.size() - 1));
  if (credit.ends_with("\uFF09")) credit = text::TrimSpace(credit.substr(0, credit.size() - 3));
  return credit;
}

}  // namespace dateline::extraction
