#include "services/ingestion/feeds/opml.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/text/utf8.h"
#include "services/ingestion/feeds/charset.h"
#include "services/ingestion/feeds/parse_feed.h"
#include "services/ingestion/feeds/references.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {
namespace {

constexpr std::size_t kFoldersMax = 20;

absl::Status Refuse(std::string_view reason, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, reason, what);
}

bool IsHttp(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

class OpmlReader {
 public:
  explicit OpmlReader(const XmlDocument& document) : document_(document) {}

  OutlineList Read(std::uint32_t root) {
    if (const std::uint32_t head = document_.Child(root, "head"); head != 0) {
      if (const std::uint32_t title = document_.Child(head, "title"); title != 0) {
        list_.title = text::CollapseSpace(document_.InnerText(title));
      }
    }
    const std::uint32_t body = document_.Child(root, "body");
    Outlines(body != 0 ? body : root, {});
    return std::move(list_);
  }

 private:
  std::string Attribute(std::uint32_t element, std::string_view name) const {
    return text::CollapseSpace(document_.Attribute(element, name));
  }

  // Depth is bounded by that of the document.
  void Outlines(std::uint32_t parent, const std::vector<std::string>& folders) {
    for (std::uint32_t child = document_.node(parent).first_child; child != 0; child = document_.node(child).next) {
      if (document_.node(child).name != "outline" || list_.outlines.size() >= kOutlinesMax) continue;
      std::string title = Attribute(child, "title");
      if (title.empty()) title = Attribute(child, "text");
      const std::string feed = Attribute(child, "xmlurl");
      if (IsHttp(feed)) {
        Add(child, feed, title, folders);
        Outlines(child, folders);
        continue;
      }
      std::vector<std::string> inner = folders;
      if (!title.empty() && inner.size() < kFoldersMax) inner.push_back(title);
      Outlines(child, inner);
    }
  }

  void Add(std::uint32_t element, const std::string& feed, const std::string& title,
           const std::vector<std::string>& folders) {
    if (!seen_.insert(feed).second) return;
    Outline outline;
    outline.title = title;
    outline.feed_url = feed;
    outline.page_url = Attribute(element, "htmlurl");
    if (std::string type = Attribute(element, "type"); !type.empty()) outline.type = std::move(type);
    outline.language = Attribute(element, "language");
    outline.folders = folders;
    // "/News/Ports,Other": paths of folders, with commas between them.
    const std::string category = Attribute(element, "category");
    for (std::size_t at = 0; at < category.size() && outline.folders.size() < kFoldersMax;) {
      const std::size_t comma = std::min(category.find_first_of(",/", at), category.size());
      const std::string_view name = text::TrimSpace(std::string_view(category).substr(at, comma - at));
      const bool known = std::find(outline.folders.begin(), outline.folders.end(), name) != outline.folders.end();
      if (!name.empty() && !known) outline.folders.emplace_back(name);
      at = comma + 1;
    }
    list_.outlines.push_back(std::move(outline));
  }

  const XmlDocument& document_;
  OutlineList list_;
  std::set<std::string> seen_;
};

void WriteAttribute(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  out.append(" ").append(name).append("=\"");
  AppendEscaped(value, out);
  out.push_back('"');
}

void WriteOutline(const Outline& outline, std::string_view indent, std::string& out) {
  const std::string& title = outline.title.empty() ? outline.feed_url : outline.title;
  out.append(indent).append("<outline");
  WriteAttribute("type", outline.type, out);
  WriteAttribute("text", title, out);
  if (!outline.title.empty()) WriteAttribute("title", title, out);
  WriteAttribute("xmlUrl", outline.feed_url, out);
  WriteAttribute("htmlUrl", outline.page_url, out);
  WriteAttribute("language", outline.language, out);
  // The first folder is the outline around it.
  std::string categories;
  for (std::size_t i = 1; i < outline.folders.size(); ++i) {
    if (!categories.empty()) categories.push_back(',');
    categories += outline.folders[i];
  }
  WriteAttribute("category", categories, out);
  out.append("/>\n");
}

}  // namespace

absl::StatusOr<OutlineList> ParseOpml(std::string_view bytes) {
  if (bytes.size() > kFeedBytesMax) return Refuse("DOCUMENT_TOO_LARGE", "OPML: over the limit of 32 MiB; split it");
  DecodedXml decoded = DecodeXml(bytes, {});
  if (text::TrimSpace(decoded.text).empty()) return Refuse("EMPTY_DOCUMENT", "OPML: nothing but white space");
  const XmlDocument document(std::move(decoded.text));
  for (std::uint32_t i = 1; i < document.size(); ++i) {
    if (document.node(i).name == "opml") return OpmlReader(document).Read(i);
  }
  return Refuse("NOT_OPML", "no OPML: there is no <opml> in it; export the subscriptions as OPML");
}

std::string WriteOpml(const OutlineList& list) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>";
  AppendEscaped(list.title, out);
  out += "</title>\n  </head>\n  <body>\n";
  std::string open;  // The folder that is open.
  for (const Outline& outline : list.outlines) {
    const std::string folder = outline.folders.empty() ? std::string() : outline.folders.front();
    if (folder != open) {
      if (!open.empty()) out += "    </outline>\n";
      if (!folder.empty()) {
        out += "    <outline";
        WriteAttribute("text", folder, out);
        out += ">\n";
      }
      open = folder;
    }
    WriteOutline(outline, open.empty() ? "    " : "      ", out);
  }
  if (!open.empty()) out += "    </outline>\n";
  return out + "  </body>\n</opml>\n";
}

}  // namespace dateline::feeds
