#include "services/ingestion/feeds/xml_document.h"

#include <algorithm>
#include <array>

#include "services/ingestion/feeds/references.h"
#include "services/ingestion/feeds/xml_reader.h"

namespace dateline::feeds {
namespace {

bool IsVoid(std::string_view name) {
  constexpr std::array<std::string_view, 10> kVoid = {"br",  "hr",  "img",    "input", "area",
                                                      "col", "wbr", "source", "embed", "param"};
  return std::find(kVoid.begin(), kVoid.end(), name) != kVoid.end();
}

std::string_view PrefixOf(Ns ns) {
  return ns == Ns::kXml ? "xml:" : ns == Ns::kXlink ? "xlink:" : "";
}

}  // namespace

XmlDocument::XmlDocument(std::string text) : source_(std::move(text)) {
  XmlReader(*this).Run();
}

std::string_view XmlDocument::Attribute(std::uint32_t element, std::string_view name, Ns ns) const {
  const XmlNode& node = nodes_[element];
  for (std::uint32_t i = node.attributes; i < node.attributes + node.attribute_count; ++i) {
    if (attributes_[i].name == name && attributes_[i].ns == ns) return attributes_[i].value;
  }
  return {};
}

bool XmlDocument::HasAttribute(std::uint32_t element, std::string_view name, Ns ns) const {
  const XmlNode& node = nodes_[element];
  for (std::uint32_t i = node.attributes; i < node.attributes + node.attribute_count; ++i) {
    if (attributes_[i].name == name && attributes_[i].ns == ns) return true;
  }
  return false;
}

std::uint32_t XmlDocument::Child(std::uint32_t element, std::string_view name) const {
  for (std::uint32_t child = nodes_[element].first_child; child != 0; child = nodes_[child].next) {
    if (nodes_[child].name == name && (nodes_[child].ns == Ns::kNone || nodes_[child].ns == Ns::kAtom)) return child;
  }
  return 0;
}

std::string XmlDocument::InnerText(std::uint32_t element) const {
  std::string text;
  // In document order: the nodes below an element follow it directly.
  for (std::uint32_t i = element + 1; i < size(); ++i) {
    if (nodes_[i].parent < element) break;
    if (!nodes_[i].IsElement()) text.append(nodes_[i].text);
  }
  return text;
}

std::string XmlDocument::InnerMarkup(std::uint32_t element) const {
  std::string out;
  for (std::uint32_t child = nodes_[element].first_child; child != 0; child = nodes_[child].next) {
    AppendMarkup(child, out);
  }
  return out;
}

// Depth is bounded by kXmlDepthMax, so that recursion is too.
void XmlDocument::AppendMarkup(std::uint32_t index, std::string& out) const {
  const XmlNode& node = nodes_[index];
  if (!node.IsElement()) return AppendEscaped(node.text, out);
  out.push_back('<');
  out.append(node.name);
  for (std::uint32_t i = node.attributes; i < node.attributes + node.attribute_count; ++i) {
    out.push_back(' ');
    out.append(PrefixOf(attributes_[i].ns)).append(attributes_[i].name).append("=\"");
    AppendEscaped(attributes_[i].value, out);
    out.push_back('"');
  }
  if (node.first_child == 0 && IsVoid(node.name)) {
    out.append(" />");
    return;
  }
  out.push_back('>');
  for (std::uint32_t child = node.first_child; child != 0; child = nodes_[child].next) AppendMarkup(child, out);
  if (!IsVoid(node.name)) out.append("</").append(node.name).append(">");
}

std::uint32_t XmlDocument::Only(std::uint32_t element, std::string_view name) const {
  std::uint32_t only = 0;
  for (std::uint32_t child = nodes_[element].first_child; child != 0; child = nodes_[child].next) {
    const XmlNode& node = nodes_[child];
    if (!node.IsElement() && node.text.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
    if (only != 0 || node.name != name) return 0;
    only = child;
  }
  return only;
}

bool XmlDocument::HasElements(std::uint32_t element) const {
  for (std::uint32_t child = nodes_[element].first_child; child != 0; child = nodes_[child].next) {
    if (nodes_[child].IsElement()) return true;
  }
  return false;
}

}  // namespace dateline::feeds
