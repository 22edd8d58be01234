#include "services/ingestion/feeds/xml_reader.h"

#include <algorithm>
#include <array>

#include "services/ingestion/feeds/parse_feed.h"

namespace dateline::feeds {
namespace {

// An entity of an entity of an entity: more is a bomb.
constexpr std::size_t kEntityDepthMax = 4;
constexpr std::size_t kEntitiesMax = 1'000;
constexpr std::size_t kRepairsMax = 20;

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool EndsName(char c) {
  return IsSpace(c) || c == '>' || c == '/' || c == '=' || c == '<';
}

// Elements that hold no others of their kind: one that begins inside another ends it.
bool IsItem(std::string_view name) {
  return name == "item" || name == "entry" || name == "url" || name == "sitemap";
}

struct QName {
  std::string_view prefix;
  std::string_view local;
};

QName Split(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos || colon + 1 == name.size()) return {{}, name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

}  // namespace

XmlReader::XmlReader(XmlDocument& document)
    : document_(document), text_(document.source_), lookup_([this](std::string_view name) { return Entity(name); }) {}

void XmlReader::Run() {
  // A typical feed has a node for every 40 bytes.
  document_.nodes_.reserve(std::min(kXmlNodesMax, text_.size() / 40 + 16));
  document_.nodes_.push_back({});
  open_.push_back({});
  while (at_ < text_.size()) {
    const std::size_t tag = std::min(text_.find('<', at_), text_.size());
    if (tag > at_) Text(text_.substr(at_, tag - at_), /*literal=*/false);
    at_ = tag;
    if (at_ < text_.size()) Markup();
    if (document_.nodes_.size() >= kXmlNodesMax) {
      document_.truncated_ = true;
      break;
    }
  }
  if (open_.size() > 1) Repair("elements were not closed at the end");
}

void XmlReader::Markup() {
  const std::string_view rest = text_.substr(at_);
  const char next = rest.size() > 1 ? rest[1] : '\0';
  if (next == '!') {
    if (rest.starts_with("<!--")) return Comment();
    if (rest.starts_with("<![CDATA[")) return CData();
    return Declaration();
  }
  if (next == '?') return Instruction();
  if (next == '/') return EndTag();
  if (IsNameStart(next)) return StartTag();
  Repair("a \"<\" was not escaped");
  Text(text_.substr(at_, 1), /*literal=*/true);
  ++at_;
}

void XmlReader::Comment() {
  const std::size_t end = text_.find("-->", at_ + 4);
  if (end == std::string_view::npos) Repair("a comment was not closed");
  at_ = end == std::string_view::npos ? text_.size() : end + 3;
}

void XmlReader::Instruction() {
  const std::size_t end = text_.find('>', at_);
  if (at_ > 0 && text_.substr(at_).starts_with("<?xml ") && open_.size() == 1 && document_.nodes_.size() > 1) {
    Repair("something stood before the XML declaration");
  }
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
}

void XmlReader::Declaration() {
  std::size_t end = text_.find_first_of("[>", at_);
  if (end != std::string_view::npos && text_[end] == '[') {
    const std::size_t close = text_.find("]>", end);
    const std::size_t spaced = text_.find(']', end);
    const std::size_t subset_end = close != std::string_view::npos ? close : spaced;
    if (subset_end == std::string_view::npos) {
      at_ = text_.size();
      return Repair("the document type was not closed");
    }
    InternalSubset(text_.substr(end + 1, subset_end - end - 1));
    end = text_.find('>', subset_end);
  }
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
}

// <!ENTITY name "value">. External entities are never read.
void XmlReader::InternalSubset(std::string_view subset) {
  constexpr std::string_view kEntity = "<!ENTITY";
  for (std::size_t at = subset.find(kEntity); at != std::string_view::npos; at = subset.find(kEntity, at)) {
    at += kEntity.size();
    const std::size_t name = subset.find_first_not_of(" \t\r\n", at);
    if (name == std::string_view::npos) return;
    const std::size_t name_end = subset.find_first_of(" \t\r\n>", name);
    if (name_end == std::string_view::npos) return;
    const std::size_t quote = subset.find_first_not_of(" \t\r\n", name_end);
    if (quote == std::string_view::npos) return;
    if (subset[quote] != '"' && subset[quote] != '\'') continue;
    const std::size_t close = subset.find(subset[quote], quote + 1);
    if (close == std::string_view::npos) return;
    if (entities_.size() < kEntitiesMax) {
      entities_.emplace(subset.substr(name, name_end - name), subset.substr(quote + 1, close - quote - 1));
    }
    at = close + 1;
  }
}

std::optional<std::string> XmlReader::Entity(std::string_view name) {
  const auto found = entities_.find(name);
  if (found == entities_.end()) {
    // The names that XML has of HTML are those of XHTML 1.0, which differ from HTML 5 in two.
    if (name == "lang") return "\u2329";
    if (name == "rang") return "\u232A";
    return std::nullopt;
  }
  if (entity_depth_ >= kEntityDepthMax || entity_bytes_ + found->second.size() > kEntityBytesMax) {
    Repair("entities would have made it too large");
    document_.truncated_ = true;
    return std::string();
  }
  entity_bytes_ += found->second.size();
  ++entity_depth_;
  std::string value;
  AppendResolved(found->second, &lookup_, value);
  --entity_depth_;
  return value;
}

void XmlReader::CData() {
  const std::size_t begin = at_ + 9;
  std::size_t end = cdata_ends_ ? text_.find("]]>", begin) : std::string_view::npos;
  if (end == std::string_view::npos) {
    cdata_ends_ = false;
    Repair("a CDATA section was not closed");
    end = std::min(text_.find("</", begin), text_.size());
    Text(text_.substr(begin, end - begin), /*literal=*/true);
    at_ = end;
    return;
  }
  Text(text_.substr(begin, end - begin), /*literal=*/true);
  at_ = end + 3;
}

void XmlReader::Text(std::string_view raw, bool literal) {
  if (open_.size() == 1) return;  // Around the root: white space, or junk.
  if (raw.empty()) return;
  XmlNode node;
  node.text = literal ? raw : Unescape(raw);
  node.literal = literal;
  Append(node);
}

std::string_view XmlReader::Unescape(std::string_view raw) {
  if (raw.find('&') == std::string_view::npos) return raw;
  std::string& copy = document_.copies_.emplace_back();
  copy.reserve(raw.size());
  AppendResolved(raw, &lookup_, copy);
  return copy;
}

std::string_view XmlReader::Lower(std::string_view name) {
  if (std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return name;
  std::string& copy = document_.copies_.emplace_back(name);
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return copy;
}

void XmlReader::StartTag() {
  std::size_t end = at_ + 1;
  while (end < text_.size() && !EndsName(text_[end])) ++end;
  const QName name = Split(Lower(text_.substr(at_ + 1, end - at_ - 1)));
  at_ = end;
  attributes_.clear();
  const bool empty = ReadAttributes(&attributes_);
  if (name.prefix.empty() && IsItem(name.local)) CloseForgotten(name.local);
  if (open_.size() > kXmlDepthMax) {
    document_.truncated_ = true;
    return Repair("elements were nested too deeply");
  }
  const std::size_t bindings = bindings_.size();
  Bind(attributes_);
  XmlNode node;
  node.name = name.local;
  node.ns = Resolve(name.prefix, /*attribute=*/false);
  AddAttributes(attributes_, &node);
  const std::uint32_t index = Append(node);
  if (empty) {
    bindings_.resize(bindings);
  } else {
    open_.push_back({index, bindings});
  }
}

// An item begins inside an item: the end tag of the first was forgotten.
void XmlReader::CloseForgotten(std::string_view name) {
  for (std::size_t depth = open_.size(); depth-- > 1;) {
    const std::string_view open = document_.nodes_[open_[depth].node].name;
    if (open == name) {
      Repair("an item was not closed");
      return PopTo(depth);
    }
    // A source inside an entry, or a list of links, may have its own.
    if (open == "source" || open == "channel" || open == "feed" || open == "items") return;
  }
}

void XmlReader::PopTo(std::size_t depth) {
  bindings_.resize(open_[depth].bindings);
  open_.resize(depth);
}

// Reads up to and including ">"; whether the tag closes itself.
bool XmlReader::ReadAttributes(std::vector<RawAttribute>* attributes) {
  while (at_ < text_.size()) {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    if (at_ >= text_.size()) break;
    const char c = text_[at_];
    if (c == '>') {
      ++at_;
      return false;
    }
    if (c == '<') break;
    if (c == '/') {
      ++at_;
      if (at_ < text_.size() && text_[at_] == '>') {
        ++at_;
        return true;
      }
      continue;
    }
    const std::size_t name = at_;
    while (at_ < text_.size() && !EndsName(text_[at_])) ++at_;
    RawAttribute attribute{text_.substr(name, at_ - name), {}};
    if (at_ == name) ++at_;  // A lone "=".
    std::size_t equals = at_;
    while (equals < text_.size() && IsSpace(text_[equals])) ++equals;
    if (equals < text_.size() && text_[equals] == '=') {
      at_ = equals + 1;
      while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
      const char quote = at_ < text_.size() ? text_[at_] : '\0';
      std::size_t end = 0;
      if (quote == '"' || quote == '\'') {
        end = text_.find(quote, ++at_);
        if (end == std::string_view::npos) {
          Repair("the value of an attribute was not closed");
          end = std::min(text_.find('>', at_), text_.size());
        }
        attribute.value = text_.substr(at_, end - at_);
        at_ = std::min(end + (end < text_.size() && text_[end] == quote ? 1U : 0U), text_.size());
      } else {
        Repair("the value of an attribute had no quotation marks");
        end = at_;
        while (end < text_.size() && !IsSpace(text_[end]) && text_[end] != '>') ++end;
        attribute.value = text_.substr(at_, end - at_);
        at_ = end;
      }
    }
    if (!attribute.name.empty() && attributes->size() < kXmlAttributesMax) attributes->push_back(attribute);
  }
  Repair("a tag was not closed");
  return false;
}

void XmlReader::Bind(const std::vector<RawAttribute>& attributes) {
  for (const RawAttribute& attribute : attributes) {
    if (!attribute.name.starts_with("xmlns")) continue;
    if (attribute.name.size() > 5 && attribute.name[5] != ':') continue;
    const std::string_view prefix = attribute.name.size() > 6 ? attribute.name.substr(6) : std::string_view();
    Ns ns = NamespaceOf(attribute.value);
    // A root without prefix in a namespace of somebody's own is still a feed.
    if (prefix.empty() && ns == Ns::kOther && open_.size() == 1) ns = Ns::kNone;
    bindings_.push_back({Lower(prefix), ns});
  }
}

Ns XmlReader::Resolve(std::string_view prefix, bool attribute) const {
  if (prefix.empty() && attribute) return Ns::kNone;
  for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding) {
    if (binding->prefix == prefix) return binding->ns;
  }
  return prefix.empty() ? Ns::kNone : CustomaryNamespace(prefix);
}

void XmlReader::AddAttributes(const std::vector<RawAttribute>& attributes, XmlNode* node) {
  node->attributes = static_cast<std::uint32_t>(document_.attributes_.size());
  for (const RawAttribute& raw : attributes) {
    const QName name = Split(Lower(raw.name));
    if (name.prefix == "xmlns" || raw.name == "xmlns") continue;
    document_.attributes_.push_back({Resolve(name.prefix, /*attribute=*/true), name.local, Unescape(raw.value)});
  }
  node->attribute_count = static_cast<std::uint32_t>(document_.attributes_.size()) - node->attributes;
}

void XmlReader::EndTag() {
  std::size_t end = at_ + 2;
  while (end < text_.size() && !EndsName(text_[end])) ++end;
  const QName name = Split(Lower(text_.substr(at_ + 2, end - at_ - 2)));
  const std::size_t close = text_.find_first_of("<>", end);
  at_ = close == std::string_view::npos ? text_.size() : close + (text_[close] == '>' ? 1U : 0U);
  for (std::size_t depth = open_.size(); depth-- > 1;) {
    if (document_.nodes_[open_[depth].node].name != name.local) continue;
    if (depth + 1 != open_.size()) Repair("an element was not closed before its parent");
    return PopTo(depth);
  }
  Repair("an end tag had no beginning");
}

std::uint32_t XmlReader::Append(XmlNode node) {
  std::vector<XmlNode>& nodes = document_.nodes_;
  const auto index = static_cast<std::uint32_t>(nodes.size());
  node.parent = open_.back().node;
  XmlNode& parent = nodes[node.parent];
  if (parent.last_child == 0) {
    parent.first_child = index;
  } else {
    nodes[parent.last_child].next = index;
  }
  parent.last_child = index;
  nodes.push_back(node);
  return index;
}

void XmlReader::Repair(std::string_view what) {
  std::vector<std::string>& repairs = document_.repairs_;
  if (repairs.size() < kRepairsMax && std::find(repairs.begin(), repairs.end(), what) == repairs.end()) {
    repairs.emplace_back(what);
  }
}

}  // namespace dateline::feeds
