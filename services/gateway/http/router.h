#pragma once
// Finds the handler of a request by method and path template. A template is a path with variables: "{id}" stands for
// one segment, "{name=releases/*}" for several whose pattern it gives (AIP-127), and a last ":verb" belongs to the
// route. Segments are compared decoded, so that an escaped slash never becomes a border. Immutable after the last Add,
// then thread-safe.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/access/scope.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

class PathTemplate {
 public:
  // Ends the program when malformed: templates are part of the program.
  explicit PathTemplate(std::string_view text);

  // The variables, in the order of the template; nullopt when the path does not fit.
  std::optional<Pairs> Match(const std::vector<std::string>& segments, std::string_view verb) const;
  // "/v1/releases/{release}:withdraw", as OpenAPI writes paths: one variable for each wildcard, named by the collection
  // before it.
  std::string OpenApiPath() const;
  // The variables of OpenApiPath, each with the variable of the template that it is a part of.
  Pairs OpenApiVariables() const;
  const std::string& verb() const { return verb_; }

 private:
  struct Variable {
    std::string name;
    size_t begin = 0, end = 0;  // Segments.
  };
  std::string WildcardName(size_t segment) const;

  std::vector<std::string> segments_;  // "*" is a wildcard.
  std::vector<Variable> variables_;
  std::string verb_;
};

// The path cut at slashes, each segment decoded, and the verb behind the last ":". False for a path that no template
// may fit: without a slash at the beginning, with "." or ".." segments, with control characters.
bool SplitPath(std::string_view path, std::vector<std::string>* segments, std::string* verb);

class Router {
 public:
  // Gets the request and the values of the template's variables.
  using RouteHandler = std::function<Response(const Request&, const Pairs& variables)>;

  // `name` is what metrics and logs call the route; `scope` is what a caller has to be allowed.
  void Add(std::string_view method, std::string_view path_template, std::string name, RouteHandler handler,
           access::Scope scope = access::Scope::kRead);

  struct Found {
    const RouteHandler* handler = nullptr;  // Null: no such route.
    Pairs variables{};
    std::string_view name{};
    access::Scope scope = access::Scope::kNone;
    std::string allowed{};  // Methods that the path has, when it has none of this method.
  };
  // HEAD finds GET.
  Found Find(std::string_view method, std::string_view path) const;
  // Method and path of each, as OpenAPI writes it, in the order of Add().
  Pairs Routes() const;

 private:
  struct Route {
    std::string method;
    PathTemplate path;
    std::string name;
    RouteHandler handler;
    access::Scope scope;
  };
  std::vector<Route> routes_;
};

}  // namespace dateline::gateway
