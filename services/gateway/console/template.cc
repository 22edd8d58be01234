#include "services/gateway/console/template.h"

#include <fmt/format.h>

#include <vector>

#include "common/base/check.h"

namespace dateline::gateway {

struct Templates::Node {
  enum class Kind { kRoot, kText, kValue, kSection, kInverted, kPartial };
  Kind kind = Kind::kRoot;
  std::string_view text{};  // The markup, or the name.
  std::vector<Node> children{};
};

namespace {

using Node = Templates::Node;
using Kind = Node::Kind;

constexpr int kPartialDepthMax = 8;

// Where in the HTML the parser is: only what decides whether a value may stand here.
class Place {
 public:
  void Read(std::string_view markup) {
    for (size_t i = 0; i < markup.size(); ++i) Step(markup, i);
  }
  bool AllowsValue() const { return in_tag_ ? quote_ != 0 : !raw_; }

 private:
  void Step(std::string_view markup, size_t i) {
    const char c = markup[i];
    if (in_tag_) {
      if (quote_ != 0) {
        if (c == quote_) quote_ = 0;
      } else if (c == '"' || c == '\'') {
        quote_ = c;
      } else if (c == '>') {
        in_tag_ = false;
      }
      return;
    }
    if (c != '<') return;
    const std::string_view tag = markup.substr(i + 1);
    in_tag_ = true;
    if (tag.starts_with("script") || tag.starts_with("style")) raw_ = true;
    if (tag.starts_with("/script") || tag.starts_with("/style")) raw_ = false;
  }

  bool in_tag_ = false;
  bool raw_ = false;  // Inside a script or style, where other rules of escaping hold.
  char quote_ = 0;
};

class Parser {
 public:
  Parser(std::string_view name, std::string_view source) : name_(name), source_(source) {}

  Node Parse() {
    Node root;
    ParseInto(root, {});
    return root;
  }

 private:
  void ParseInto(Node& parent, std::string_view section) {
    for (;;) {
      const size_t open = source_.find("{{", at_);
      Text(parent, source_.substr(at_, open == std::string_view::npos ? open : open - at_));
      if (open == std::string_view::npos) {
        DATELINE_CHECK(section.empty(), fmt::format("{}: {{{{#{}}}}} is not closed", name_, section));
        return;
      }
      const size_t close = source_.find("}}", open);
      DATELINE_CHECK(close != std::string_view::npos, fmt::format("{}: a {{{{ without }}}}", name_));
      std::string_view tag = source_.substr(open + 2, close - open - 2);
      at_ = close + 2;
      DATELINE_CHECK(!tag.empty(), fmt::format("{}: {{{{}}}} says nothing", name_));
      if (tag.front() == '/') {
        DATELINE_CHECK(tag.substr(1) == section, fmt::format("{}: {{{{{}}}}} closes {{{{#{}}}}}", name_, tag, section));
        return;
      }
      Tag(parent, tag);
    }
  }

  void Text(Node& parent, std::string_view markup) {
    if (markup.empty()) return;
    place_.Read(markup);
    parent.children.push_back({Kind::kText, markup, {}});
  }

  void Tag(Node& parent, std::string_view tag) {
    const char sign = tag.front();
    if (sign == '#' || sign == '^') {
      Node& node =
          parent.children.emplace_back(Node{sign == '#' ? Kind::kSection : Kind::kInverted, tag.substr(1), {}});
      ParseInto(node, tag.substr(1));
    } else if (sign == '>') {
      parent.children.push_back({Kind::kPartial, tag.substr(1), {}});
    } else {
      DATELINE_CHECK(place_.AllowsValue(),
                     fmt::format("{}: {{{{{}}}}} stands where escaping does not protect", name_, tag));
      parent.children.push_back({Kind::kValue, tag, {}});
    }
  }

  const std::string_view name_;
  const std::string_view source_;
  size_t at_ = 0;
  Place place_;
};

using Scopes = std::vector<const Value*>;

const Value* Member(const Value& from, std::string_view path) {
  const Value* value = &from;
  while (value != nullptr) {
    const size_t dot = path.find('.');
    value = value->Find(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return value;
}

const Value* LookUp(const Scopes& scopes, std::string_view path) {
  if (path == ".") return scopes.back();
  const std::string_view first = path.substr(0, path.find('.'));
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if ((*scope)->Find(first) != nullptr) return Member(**scope, path);
  }
  return nullptr;
}

}  // namespace

namespace {

class Renderer {
 public:
  Renderer(const std::map<std::string, std::unique_ptr<Node>, std::less<>>& templates, std::string& out)
      : templates_(templates), out_(out) {}

  void Write(const Node& node, Scopes& scopes, int depth) {
    for (const Node& child : node.children) WriteOne(child, scopes, depth);
  }

 private:
  void WriteOne(const Node& node, Scopes& scopes, int depth) {
    switch (node.kind) {
      case Kind::kRoot:
        return Write(node, scopes, depth);
      case Kind::kText:
        out_ += node.text;
        return;
      case Kind::kValue:
        if (const Value* value = LookUp(scopes, node.text)) value->WriteTo(out_);
        return;
      case Kind::kInverted:
        if (const Value* value = LookUp(scopes, node.text); value == nullptr || !value->Truthy())
          Write(node, scopes, depth);
        return;
      case Kind::kSection:
        return Section(node, scopes, depth);
      case Kind::kPartial:
        DATELINE_CHECK(depth < kPartialDepthMax, fmt::format("{{{{>{}}}}} includes itself", node.text));
        return Write(*templates_.find(node.text)->second, scopes, depth + 1);
    }
  }

  void Section(const Node& node, Scopes& scopes, int depth) {
    const Value* value = LookUp(scopes, node.text);
    if (value == nullptr || !value->Truthy()) return;
    const Value::List* items = value->list();
    if (items == nullptr) {
      scopes.push_back(value);
      Write(node, scopes, depth);
      scopes.pop_back();
      return;
    }
    for (const Value& item : *items) {
      scopes.push_back(&item);
      Write(node, scopes, depth);
      scopes.pop_back();
    }
  }

  const std::map<std::string, std::unique_ptr<Node>, std::less<>>& templates_;
  std::string& out_;
};

void CheckPartials(const Node& node, std::string_view name,
                   const std::map<std::string, std::unique_ptr<Node>, std::less<>>& templates) {
  if (node.kind == Kind::kPartial) {
    DATELINE_CHECK(templates.contains(node.text), fmt::format("{}: {{{{>{}}}}}: no such template", name, node.text));
  }
  for (const Node& child : node.children) CheckPartials(child, name, templates);
}

}  // namespace

Templates::Templates(std::span<const TemplateFile> files) {
  for (const TemplateFile& file : files) {
    templates_.emplace(std::string(file.path), std::make_unique<Node>(Parser(file.path, file.content).Parse()));
  }
  for (const auto& [name, root] : templates_) CheckPartials(*root, name, templates_);
}

Templates::~Templates() = default;

std::string Templates::Render(std::string_view name, const Value& value) const {
  const auto found = templates_.find(name);
  DATELINE_CHECK(found != templates_.end(), fmt::format("{}: no such template", name));
  std::string out;
  out.reserve(32 << 10);
  Scopes scopes = {&value};
  Renderer(templates_, out).Write(*found->second, scopes, 0);
  return out;
}

}  // namespace dateline::gateway
