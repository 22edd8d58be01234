#pragma once
// Fills an XmlDocument: tags, text, CDATA, comments, the entities of a DOCTYPE, namespaces, and the mending of what is
// broken. Internal to xml_document; used once and thrown away.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/feeds/references.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {

class XmlReader {
 public:
  explicit XmlReader(XmlDocument& document);
  void Run();

 private:
  struct Open {
    std::uint32_t node = 0;
    std::size_t bindings = 0;  // How many namespace bindings stood when it was opened.
  };
  struct Binding {
    std::string_view prefix;
    Ns ns = Ns::kNone;
  };
  struct RawAttribute {
    std::string_view name;
    std::string_view value;
  };

  void Markup();
  void Comment();
  void Instruction();
  void Declaration();
  void InternalSubset(std::string_view subset);
  void CData();
  void StartTag();
  void EndTag();
  void Text(std::string_view raw, bool literal);
  bool ReadAttributes(std::vector<RawAttribute>* attributes);
  void Bind(const std::vector<RawAttribute>& attributes);
  void AddAttributes(const std::vector<RawAttribute>& attributes, XmlNode* node);
  void CloseForgotten(std::string_view name);
  void PopTo(std::size_t depth);
  std::uint32_t Append(XmlNode node);

  Ns Resolve(std::string_view prefix, bool attribute) const;
  std::string_view Lower(std::string_view name);
  std::string_view Unescape(std::string_view raw);
  std::optional<std::string> Entity(std::string_view name);
  void Repair(std::string_view what);

  XmlDocument& document_;
  const std::string_view text_;
  std::size_t at_ = 0;
  bool cdata_ends_ = true;  // Somewhere ahead; looked for once only.
  std::vector<Open> open_;
  std::vector<RawAttribute> attributes_;  // Of the tag at hand.
  std::vector<Binding> bindings_;
  std::map<std::string, std::string, std::less<>> entities_;
  std::size_t entity_bytes_ = 0;
  std::size_t entity_depth_ = 0;
  EntityLookup lookup_;
};

}  // namespace dateline::feeds
