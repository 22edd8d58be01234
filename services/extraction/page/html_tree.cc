#include "services/extraction/page/html_tree.h"

#include "services/extraction/page/html_tree_builder.h"

namespace dateline::extraction {

HtmlTree HtmlTree::Parse(std::string_view html) {
  HtmlTree tree;
  HtmlTreeBuilder(html, &tree).Run();
  return tree;
}

}  // namespace dateline::extraction
