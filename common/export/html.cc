#include "common/export/html.h"

#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "common/export/parts.h"
#include "common/text/utf8.h"

namespace dateline::exporting {
namespace {

using release::v1::Image;
using release::v1::Release;
using release::v1::Section;

class Writer {
 public:
  explicit Writer(const Release& release) : release_(release) {}

  std::string Body() {
    for (const Part& part : PartsOf(release_)) Write(part);
    Close();
    for (const Image& image : release_.images()) {
      // Those with a caption in the text were shown beside it.
      if (IsWebUri(image.uri()) && Slice(release_.text(), image.span()).empty()) LooseImage(image);
    }
    return std::move(out_);
  }

 private:
  // Neighbours of one kind share one list or one section.
  void Write(const Part& part) {
    const bool grouped = part.kind == Section::LIST || !PartLabel(part.kind).empty();
    if (!grouped || part.kind != open_) Close();
    if (grouped && open_ == Section::KIND_UNSPECIFIED) Open(part.kind);
    switch (part.kind) {
      case Section::HEADING:
        return Element("h2", part.text);
      case Section::QUOTE:
        return Quote(part.text);
      case Section::LIST:
        for (const std::string_view line : text::SplitLines(part.text)) {
          if (!text::TrimSpace(line).empty()) Element("li", text::TrimSpace(line));
        }
        return;
      case Section::TABLE:
        return Table(part.text);
      case Section::CAPTION:
        return Figure(part.text);
      default:
        for (const std::string_view paragraph : Paragraphs(part.text)) Element("p", paragraph);
    }
  }

  void Open(Section::Kind kind) {
    open_ = kind;
    if (kind == Section::LIST) {
      out_ += "<ul>\n";
      return;
    }
    std::string name(PartLabel(kind));
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    out_ += fmt::format("<section class=\"{}\">\n", name);
  }

  void Close() {
    if (open_ == Section::LIST)
      out_ += "</ul>\n";
    else if (open_ != Section::KIND_UNSPECIFIED)
      out_ += "</section>\n";
    open_ = Section::KIND_UNSPECIFIED;
  }

  void Inline(std::string_view text) {
    for (const Run& run : RunsOf(release_, text)) {
      std::string words = EscapeHtml(run.text);
      // Lines inside a paragraph, as of an address, stay lines.
      for (std::size_t at = words.find('\n'); at != std::string::npos; at = words.find('\n', at + 5)) {
        words.replace(at, 1, "<br>\n");
      }
      if (run.link == nullptr) {
        out_ += words;
      } else {
        fmt::format_to(std::back_inserter(out_), "<a href=\"{}\">{}</a>", EscapeHtml(EncodeUri(run.link->uri())),
                       words);
      }
    }
  }

  void Element(std::string_view tag, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "<{}>", tag);
    Inline(text);
    fmt::format_to(std::back_inserter(out_), "</{}>\n", tag);
  }

  void Quote(std::string_view text) {
    out_ += "<blockquote>\n";
    for (const std::string_view paragraph : Paragraphs(text)) Element("p", paragraph);
    if (const std::string_view speaker = SpeakerOf(release_, text); !speaker.empty()) {
      fmt::format_to(std::back_inserter(out_), "<footer><cite>{}</cite></footer>\n", EscapeHtml(speaker));
    }
    out_ += "</blockquote>\n";
  }

  void Table(std::string_view text) {
    out_ += "<table>\n";
    for (const auto& row : TableRows(text)) {
      out_ += "<tr>";
      for (const std::string_view cell : row) {
        fmt::format_to(std::back_inserter(out_), "<td>{}</td>", EscapeHtml(cell));
      }
      out_ += "</tr>\n";
    }
    out_ += "</table>\n";
  }

  void Picture(const Image& image) {
    fmt::format_to(std::back_inserter(out_), "<img src=\"{}\" alt=\"{}\">\n", EscapeHtml(EncodeUri(image.uri())),
                   EscapeHtml(image.alt_text()));
  }

  void Figure(std::string_view caption) {
    out_ += "<figure>\n";
    if (const Image* image = ImageOf(release_, caption); image != nullptr) Picture(*image);
    Element("figcaption", caption);
    out_ += "</figure>\n";
  }

  void LooseImage(const Image& image) {
    out_ += "<figure>\n";
    Picture(image);
    std::string caption = image.caption();
    if (!image.credit().empty()) caption += fmt::format("{}{}", caption.empty() ? "" : " ", image.credit());
    if (!caption.empty()) out_ += fmt::format("<figcaption>{}</figcaption>\n", EscapeHtml(caption));
    out_ += "</figure>\n";
  }

  const Release& release_;
  std::string out_;
  Section::Kind open_ = Section::KIND_UNSPECIFIED;
};

std::string Head(const Release& release) {
  std::string out = "<head>\n<meta charset=\"utf-8\">\n";
  out += fmt::format("<title>{}</title>\n", EscapeHtml(release.title()));
  if (IsWebUri(release.uri())) {
    out += fmt::format("<link rel=\"canonical\" href=\"{}\">\n", EscapeHtml(EncodeUri(release.uri())));
  }
  for (const auto& author : release.authors()) {
    out += fmt::format("<meta name=\"author\" content=\"{}\">\n", EscapeHtml(author.display_name()));
  }
  for (const auto& translation : release.translations()) {
    if (!IsWebUri(translation.uri())) continue;
    out += fmt::format("<link rel=\"alternate\" hreflang=\"{}\" href=\"{}\">\n", EscapeHtml(translation.language()),
                       EscapeHtml(EncodeUri(translation.uri())));
  }
  return out + "</head>\n";
}

std::string ArticleHeader(const Release& release) {
  std::string out = "<header>\n";
  if (!release.title().empty()) out += fmt::format("<h1>{}</h1>\n", EscapeHtml(release.title()));
  if (!release.subtitle().empty()) out += fmt::format("<p class=\"subtitle\">{}</p>\n", EscapeHtml(release.subtitle()));
  for (const auto& author : release.authors()) {
    const std::string name = EscapeHtml(author.display_name());
    if (IsWebUri(author.uri())) {
      out += fmt::format("<p class=\"byline\"><a rel=\"author\" href=\"{}\">{}</a></p>\n",
                         EscapeHtml(EncodeUri(author.uri())), name);
    } else {
      out += fmt::format("<p class=\"byline\">{}</p>\n", name);
    }
  }
  if (const std::string date = PublishText(release); !date.empty()) {
    out += fmt::format("<p><time datetime=\"{0}\">{0}</time></p>\n", date);
  }
  return out + "</header>\n";
}

std::string ArticleFooter(const Release& release) {
  if (release.site_name().empty() && !IsWebUri(release.uri())) return {};
  const std::string name = EscapeHtml(release.site_name().empty() ? release.uri() : release.site_name());
  if (!IsWebUri(release.uri())) return fmt::format("<footer><p><cite>{}</cite></p></footer>\n", name);
  return fmt::format("<footer><p><cite><a href=\"{}\">{}</a></cite></p></footer>\n",
                     EscapeHtml(EncodeUri(release.uri())), name);
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string HtmlBody(const Release& release) {
  return Writer(release).Body();
}

std::string Html(const Release& release) {
  std::string out = "<!DOCTYPE html>\n<html";
  if (!release.language().empty() && release.language() != "und") {
    out += fmt::format(" lang=\"{}\"", EscapeHtml(release.language()));
  }
  out += ">\n";
  out += Head(release);
  out += "<body>\n<article>\n";
  out += ArticleHeader(release);
  out += HtmlBody(release);
  out += ArticleFooter(release);
  out += "</article>\n</body>\n</html>\n";
  return out;
}

}  // namespace dateline::exporting
