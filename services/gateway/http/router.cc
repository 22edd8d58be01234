#include "services/gateway/http/router.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/url/percent.h"

namespace dateline::gateway {
namespace {

std::string Singular(std::string_view collection) {
  if (collection == "people") return "person";
  if (collection.ends_with("ies")) return std::string(collection.substr(0, collection.size() - 3)) + "y";
  if (collection.ends_with("ches")) return std::string(collection.substr(0, collection.size() - 2));
  if (collection.ends_with("s")) collection.remove_suffix(1);
  return std::string(collection);
}

}  // namespace

bool SplitPath(std::string_view path, std::vector<std::string>* segments, std::string* verb) {
  segments->clear();
  verb->clear();
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    segments->push_back(url::Decode(path.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  const size_t colon = segments->back().rfind(':');
  if (colon != std::string::npos) {
    *verb = segments->back().substr(colon + 1);
    segments->back().resize(colon);
  }
  return std::none_of(segments->begin(), segments->end(), [](const std::string& segment) {
    return segment == "." || segment == ".." ||
           std::any_of(segment.begin(), segment.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  });
}

PathTemplate::PathTemplate(std::string_view text) {
  DATELINE_CHECK(text.starts_with('/'), text);
  text.remove_prefix(1);
  const auto add = [this](std::string_view part) {
    while (true) {
      const size_t slash = part.find('/');
      segments_.emplace_back(part.substr(0, slash));
      if (slash == std::string_view::npos) return;
      part.remove_prefix(slash + 1);
    }
  };
  while (true) {
    if (text.starts_with('{')) {
      const size_t close = text.find('}');
      DATELINE_CHECK(close != std::string_view::npos, text);
      const std::string_view inside = text.substr(1, close - 1);
      const size_t equals = inside.find('=');
      Variable variable{std::string(inside.substr(0, equals)), segments_.size(), 0};
      add(equals == std::string_view::npos ? "*" : inside.substr(equals + 1));
      variable.end = segments_.size();
      variables_.push_back(std::move(variable));
      text.remove_prefix(close + 1);
    } else {
      const size_t end = std::min(text.find_first_of("/:"), text.size());
      add(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (!text.starts_with('/')) break;
    text.remove_prefix(1);
  }
  if (text.starts_with(':')) verb_ = std::string(text.substr(1));
}

std::optional<Pairs> PathTemplate::Match(const std::vector<std::string>& segments, std::string_view verb) const {
  if (segments.size() != segments_.size() || verb != verb_) return std::nullopt;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool wildcard = segments_[i] == "*";
    if (wildcard ? segments[i].empty() || segments[i].find('/') != std::string::npos : segments[i] != segments_[i])
      return std::nullopt;
  }
  Pairs values;
  for (const Variable& variable : variables_) {
    std::string value;
    for (size_t i = variable.begin; i < variable.end; ++i) {
      if (i > variable.begin) value.push_back('/');
      value += segments[i];
    }
    values.emplace_back(variable.name, std::move(value));
  }
  return values;
}

std::string PathTemplate::WildcardName(size_t segment) const {
  for (const Variable& variable : variables_) {
    if (segment < variable.begin || segment >= variable.end) continue;
    if (variable.end - variable.begin == 1) return variable.name;
  }
  return segment == 0 ? "id" : Singular(segments_[segment - 1]);
}

std::string PathTemplate::OpenApiPath() const {
  std::string path;
  for (size_t i = 0; i < segments_.size(); ++i) {
    path += segments_[i] == "*" ? "/{" + WildcardName(i) + "}" : "/" + segments_[i];
  }
  return verb_.empty() ? path : path + ":" + verb_;
}

Pairs PathTemplate::OpenApiVariables() const {
  Pairs out;
  for (const Variable& variable : variables_) {
    for (size_t i = variable.begin; i < variable.end; ++i) {
      if (segments_[i] == "*") out.emplace_back(WildcardName(i), variable.name);
    }
  }
  return out;
}

void Router::Add(std::string_view method, std::string_view path_template, std::string name, RouteHandler handler,
                 access::Scope scope) {
  routes_.push_back({std::string(method), PathTemplate(path_template), std::move(name), std::move(handler), scope});
}

Pairs Router::Routes() const {
  Pairs routes;
  for (const Route& route : routes_) routes.emplace_back(route.method, route.path.OpenApiPath());
  return routes;
}

Router::Found Router::Find(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  Found found;
  std::vector<std::string> segments;
  std::string verb;
  if (!SplitPath(path, &segments, &verb)) return found;
  for (const Route& route : routes_) {
    std::optional<Pairs> variables = route.path.Match(segments, verb);
    if (!variables.has_value()) continue;
    if (route.method == method) {
      return {&route.handler, std::move(*variables), route.name, route.scope, {}};
    }
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += route.method;
  }
  return found;
}

}  // namespace dateline::gateway
