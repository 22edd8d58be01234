#include "services/extraction/read_document.h"

#include <string>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"
#include "services/extraction/page/body_text.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_type.h"
#include "services/extraction/page/site_boilerplate.h"
#include "services/extraction/page/text_blocks.h"

namespace dateline::extraction {
namespace {

bool IsHtml(const Input& input, std::string_view text) {
  std::string type(text::TrimSpace(input.content_type.substr(0, input.content_type.find(';'))));
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (type == "text/html" || type == "application/xhtml+xml") return true;
  if (type == "text/plain" || type == "text/markdown") return false;
  return text::Sniff(text).kind == text::ContentKind::kHtml;
}

absl::StatusOr<Document> ReadHtml(const Input& input, std::string_view text, bool explain) {
  Document document;
  document.html = true;
  const HtmlTree tree = HtmlTree::Parse(text);
  document.metadata = ReadMetadata(tree, input.uri);
  HtmlContent content = ReadContent(tree, input.uri, HintsOf(document.metadata), explain, input.collect_lines);
  document.truncated = content.truncated;
  document.page_type = ChoosePageType(content, tree);
  // A page that shows hardly anything may give its article beside it.
  if (document.page_type != release::v1::ARTICLE && document.page_type != release::v1::LISTING && !explain) {
    if (std::vector<Block> body = BlocksOfArticleBody(document.metadata.article_body); !body.empty()) {
      content.blocks = std::move(body);
      content.rule = "container.json_ld";
      document.page_type = release::v1::ARTICLE;
    }
  }
  if (std::vector<Block> body = BlocksOfMarkup(input.recipe_body); !body.empty()) {
    content.blocks = std::move(body);
    content.rule = "container.recipe";
    document.page_type = release::v1::ARTICLE;
  }
  if (!input.recipe_title.empty()) {
    document.metadata.title = CleanLine(input.recipe_title);
    document.metadata.heading = document.metadata.title;
  }
  document.blocks = std::move(content.blocks);
  document.verdicts = std::move(content.verdicts);
  document.container_rule = content.rule;
  document.images = std::move(content.images);
  document.line_hashes = std::move(content.line_hashes);
  return document;
}

Document ReadText(const Input& input, std::string_view text) {
  Document document;
  // Menus and the like come on top of the text that may be kept.
  const std::string_view head = text::TruncateUtf8(text, 2 * kMaxTextBytes);
  document.truncated = head.size() < text.size();
  document.blocks = BlocksOfText(head, &document.truncated);
  document.page_type = release::v1::ARTICLE;
  if (input.collect_lines) {
    LineCollector lines;
    for (const Block& block : document.blocks) lines.Add(block.text);
    document.line_hashes = lines.Take();
  }
  return document;
}

}  // namespace

absl::StatusOr<Document> ReadDocument(const Input& input, std::string_view text, bool explain) {
  if (!IsHtml(input, text)) return ReadText(input, text);
  return ReadHtml(input, text, explain);
}

}  // namespace dateline::extraction
