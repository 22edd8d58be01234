#include "services/ingestion/sources/source_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/polling/recipes.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kDisplayNameCharactersMax = 63;
constexpr int kAnnotationsMax = 64;
constexpr size_t kAnnotationBytesMax = 1'024;
constexpr int kRecipesMax = 32;
constexpr std::chrono::minutes kIntervalMin{1};
constexpr std::chrono::hours kIntervalMax{24 * 30};
constexpr size_t kIdMax = 60;  // With room for a number.
constexpr size_t kIdMin = 4;

absl::Status Invalid(std::string_view field, std::string_view description) {
  return FieldError("INVALID_SOURCE", field, description);
}

absl::Status CheckAnnotations(const v1::Source& source) {
  if (source.annotations_size() > kAnnotationsMax) {
    return Invalid("source.annotations", fmt::format("at most {} annotations; remove some", kAnnotationsMax));
  }
  for (const auto& [key, value] : source.annotations()) {
    if (key.empty() || key.size() + value.size() > kAnnotationBytesMax) {
      return Invalid("source.annotations",
                     fmt::format("an annotation has a name, and {} bytes with it at most", kAnnotationBytesMax));
    }
  }
  return absl::OkStatus();
}

// Gives those without a version the next ones, in their order.
void NumberRecipes(v1::Source* source) {
  uint32_t latest = 0;
  for (const v1::Recipe& recipe : source->recipes()) latest = std::max(latest, recipe.version());
  for (v1::Recipe& recipe : *source->mutable_recipes()) {
    if (recipe.version() == 0) recipe.set_version(++latest);
  }
}

absl::Status CheckRecipes(const v1::Source& source) {
  if (source.recipes_size() > kRecipesMax) {
    return Invalid("source.recipes", fmt::format("at most {} recipes; remove those that no longer hold", kRecipesMax));
  }
  std::set<uint32_t> versions;
  for (const v1::Recipe& recipe : source.recipes()) {
    if (recipe.version() == 0 || !versions.insert(recipe.version()).second) {
      return Invalid("source.recipes.version", "each recipe has a version of its own, from 1; 0 is given the next one");
    }
    if (recipe.has_start_time() && recipe.has_end_time() &&
        FromTimestamp(recipe.end_time()) <= FromTimestamp(recipe.start_time())) {
      return Invalid("source.recipes.end_time",
                     fmt::format("the recipe of version {} ends before it begins", recipe.version()));
    }
    DATELINE_RETURN_IF_ERROR(CheckRecipe(recipe));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> PollableUri(std::string_view uri) {
  DATELINE_ASSIGN_OR_RETURN(url::Url parsed, url::Parse(uri));
  if (!parsed.IsHttp() || parsed.HasCredentials()) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI",
                 fmt::format("\"{}\" cannot be watched; name an http or https URL without user name and password",
                             uri.substr(0, 200)),
                 {{"part", parsed.IsHttp() ? "userinfo" : "scheme"}});
  }
  parsed.fragment.reset();
  return parsed.Href();
}

absl::StatusOr<v1::Source> CheckedSettings(const v1::Source& given) {
  v1::Source source;
  DATELINE_ASSIGN_OR_RETURN(std::string uri, PollableUri(given.uri()));
  source.set_uri(std::move(uri));
  source.set_display_name(text::CollapseSpace(given.display_name()));
  if (text::CountCodePoints(source.display_name()) > kDisplayNameCharactersMax) {
    return Invalid("source.display_name", fmt::format("a name has at most {} characters", kDisplayNameCharactersMax));
  }
  if (!v1::Source::Kind_IsValid(given.kind())) return Invalid("source.kind", "this kind is not known");
  source.set_kind(given.kind());
  if (!given.home_uri().empty()) {
    DATELINE_ASSIGN_OR_RETURN(std::string home, PollableUri(given.home_uri()));
    source.set_home_uri(std::move(home));
  }
  if (given.has_poll_interval()) {
    const auto interval = FromDuration(given.poll_interval());
    if (interval < kIntervalMin || interval > kIntervalMax) {
      return Invalid("source.poll_interval", "the interval is from a minute to 30 days");
    }
    *source.mutable_poll_interval() = given.poll_interval();
  }
  *source.mutable_recipes() = given.recipes();
  NumberRecipes(&source);
  DATELINE_RETURN_IF_ERROR(CheckRecipes(source));
  *source.mutable_annotations() = given.annotations();
  DATELINE_RETURN_IF_ERROR(CheckAnnotations(source));
  source.set_language(given.language());
  return source;
}

absl::Status ApplyMask(const v1::Source& given, const google::protobuf::FieldMask& mask, v1::Source* source) {
  static const std::set<std::string> settable = {"display_name",  "uri",     "kind",        "home_uri",
                                                 "poll_interval", "recipes", "annotations", "language"};
  const google::protobuf::Reflection& reflection = *given.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  if (mask.paths_size() == 0) {
    reflection.ListFields(given, &fields);
  }
  for (const std::string& path : mask.paths()) {
    const auto* field = given.GetDescriptor()->FindFieldByName(path);
    if (path == "*") {
      for (const std::string& name : settable) fields.push_back(given.GetDescriptor()->FindFieldByName(name));
    } else if (field == nullptr) {
      return Invalid("update_mask", fmt::format("a source has no field \"{}\"", path.substr(0, 100)));
    } else {
      fields.push_back(field);
    }
  }
  for (const auto* field : fields) {
    if (!settable.contains(field->name())) continue;
    // Through a message with this one field, so that a field that is not set in `given` is cleared.
    v1::Source one = given;
    std::vector<const google::protobuf::FieldDescriptor*> set;
    reflection.ListFields(one, &set);
    for (const auto* other : set) {
      if (other != field) reflection.ClearField(&one, other);
    }
    reflection.ClearField(source, field);
    source->MergeFrom(one);
  }
  return absl::OkStatus();
}

std::string IdFromHost(std::string_view host, int number) {
  if (host.starts_with("www.")) host.remove_prefix(4);
  std::string id;
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (!id.empty() && id.back() != '-')) id += plain ? c : '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  if (id.empty() || id[0] < 'a') id.insert(0, "site-");
  if (id.size() > kIdMax - 4) id.resize(kIdMax - 4);
  if (number > 1) id += fmt::format("-{}", number);
  while (id.size() < kIdMin) id += "-x";
  return id;
}

}  // namespace dateline::ingestion
