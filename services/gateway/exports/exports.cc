#include "services/gateway/exports/exports.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "common/base/error.h"
#include "common/export/csv.h"
#include "common/export/feed.h"
#include "common/export/html.h"
#include "common/export/json_ld.h"
#include "common/export/markdown.h"
#include "common/export/message_json.h"
#include "common/export/ninjs.h"
#include "common/log/log.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/access/problem.h"
#include "services/gateway/api/transcode.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using release::v1::Release;

constexpr std::chrono::minutes kExportTime{30};

std::string JsonLine(const Release& release) {
  auto json = exporting::MessageJson(release);
  return json.ok() ? *std::move(json) + "\n" : std::string();
}

// A pretty-printed value on one line. Strings hold no line breaks in JSON, so every break is the writer's.
std::string OneLine(std::string json) {
  std::string line;
  bool at_begin = false;
  for (const char c : json) {
    if (c == '\n') {
      at_begin = true;
    } else if (!at_begin || c != ' ') {
      at_begin = false;
      line.push_back(c);
    }
  }
  return line + "\n";
}

std::string NinjsLine(const Release& release) {
  return OneLine(exporting::Ninjs(release));
}
std::string JsonLdLine(const Release& release) {
  return OneLine(exporting::JsonLd(release));
}
std::string MarkdownPart(const Release& release) {
  return exporting::Markdown(release) + "\n";
}
std::string AtomOne(const Release& release) {
  return exporting::AtomEntry(release, {});
}
std::string CsvFactsOne(const Release& release) {
  return exporting::CsvFactHeading() + exporting::CsvFactRows(release);
}
std::string CsvReleaseOne(const Release& release) {
  return exporting::CsvReleaseHeading() + exporting::CsvReleaseRow(release);
}

struct Form {
  std::string_view ending, rows, type;
  std::string (*heading)();             // Of many; null for none.
  std::string (*many)(const Release&);  // A release among many; null where a form has no many.
  std::string (*one)(const Release&);   // A release alone.
};
constexpr std::array<Form, 9> kForms = {{
    {"csv", "facts", "text/csv; charset=utf-8; header=present", exporting::CsvFactHeading, exporting::CsvFactRows,
     CsvFactsOne},
    {"csv", "", "text/csv; charset=utf-8; header=present", exporting::CsvReleaseHeading, exporting::CsvReleaseRow,
     CsvReleaseOne},
    {"jsonl", "", "application/jsonl; charset=utf-8", nullptr, JsonLine, JsonLine},
    {"json", "", "application/json", nullptr, nullptr, JsonLine},
    {"ninjs", "", "application/json", nullptr, NinjsLine, exporting::Ninjs},
    {"jsonld", "", "application/ld+json", nullptr, JsonLdLine, exporting::JsonLd},
    {"md", "", "text/markdown; charset=utf-8", nullptr, MarkdownPart, exporting::Markdown},
    {"atom", "", "application/atom+xml; charset=utf-8", nullptr, nullptr, AtomOne},
    {"html", "", "text/html; charset=utf-8", nullptr, nullptr, exporting::Html},
}};

const Form* FormOf(std::string_view ending, std::string_view rows) {
  for (const Form& form : kForms) {
    if (form.ending == ending && (form.rows.empty() || form.rows == rows)) return &form;
  }
  return nullptr;
}

Response NoSuchForm(const Request& request) {
  return ProblemResponse(
      Error(absl::StatusCode::kNotFound, "FORM_NOT_FOUND",
            "there is no such form; there are csv (rows=facts too), jsonl, ninjs, jsonld and md, and "
            "for one release atom, html and json besides"),
      request.path);
}

void MakeDownload(std::string_view name, Response* response) {
  response->Set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  response->Set("X-Content-Type-Options", "nosniff");
  response->Set("Content-Security-Policy", "sandbox; default-src 'none'");
}

// The first release is read before anything is answered, so that a wrong filter is told as an error.
Response Many(Backend& backend, storage::v1::ExportReleasesRequest wanted, const Form& form, const Request& request) {
  storage::v1::ListReleasesRequest probe;
  probe.set_filter(wanted.filter());
  probe.set_page_size(1);
  const auto checked = Ask<storage::v1::ListReleasesResponse>(backend, probe);
  if (!checked.ok()) return ProblemResponse(checked.status(), request.path);
  Response response{.content_type = std::string(form.type)};
  response.stream = [&backend, wanted = std::move(wanted), &form](const BodySink& sink) {
    if (form.heading != nullptr && !sink(form.heading())) return false;
    bool listening = true;
    const absl::Status status = backend.Export(wanted,
                                               [&](const storage::v1::ExportReleasesResponse& next) {
                                                 const std::string piece = form.many(next.release());
                                                 listening = piece.empty() || sink(piece);
                                                 return listening;
                                               },
                                               {.deadline = kExportTime});
    if (!status.ok()) log::Warn("export_failed", {{"error", status}});
    return listening && status.ok();
  };
  return response;
}

Response ManyByFile(Backend& backend, const Request& request, std::string_view file) {
  const size_t dot = file.rfind('.');
  const Form* form = dot == std::string_view::npos ? nullptr : FormOf(file.substr(dot + 1), request.Query("rows"));
  if (form == nullptr || form->many == nullptr || file.substr(0, dot) != "releases") return NoSuchForm(request);
  storage::v1::ExportReleasesRequest wanted;
  wanted.set_filter(std::string(request.Query("filter")));
  wanted.set_query(std::string(request.Query("query")));
  Response response = Many(backend, std::move(wanted), *form, request);
  if (response.stream) MakeDownload(file, &response);
  return response;
}

Response OneByFile(Backend& backend, const Request& request, std::string_view file) {
  const size_t dot = file.rfind('.');
  const Form* form = dot == std::string_view::npos ? nullptr : FormOf(file.substr(dot + 1), request.Query("rows"));
  if (form == nullptr) return NoSuchForm(request);
  storage::v1::GetReleaseRequest get;
  get.set_name("releases/" + std::string(file.substr(0, dot)));
  const auto found = Ask<storage::v1::GetReleaseResponse>(backend, get);
  if (!found.ok()) return ProblemResponse(found.status(), request.path);
  Response response{.content_type = std::string(form->type), .body = form->one(found->release())};
  MakeDownload(file, &response);
  return response;
}

}  // namespace

void AddExports(Router& router, Backend& backend) {
  router.Add("GET", "/export/{file}", "export", [&backend](const Request& request, const Pairs& values) {
    return ManyByFile(backend, request, values.front().second);
  });
  router.Add("GET", "/export/releases/{file}", "export_one", [&backend](const Request& request, const Pairs& values) {
    return OneByFile(backend, request, values.front().second);
  });
  for (const ApiRoute& route : ApiRoutes()) {
    if (!route.rpc.ends_with(".ExportReleases")) continue;
    router.Add(route.method, route.path, "ExportReleases", [&backend, &route](const Request& request, const Pairs&) {
      auto wanted = ReadRequest(route, {}, request);
      if (!wanted.ok()) return ProblemResponse(wanted.status(), request.path);
      return Many(backend, static_cast<storage::v1::ExportReleasesRequest&>(**wanted), *FormOf("jsonl", ""), request);
    });
  }
}

}  // namespace dateline::gateway
