// Retention of ArchiveAdministration: contents go at once; releases are emptied first, so that links and entities let
// go of what was in them, and removed when that is done.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_administration.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

constexpr int kBatch = 100;
constexpr int kSharedMax = 1'000;
constexpr std::string_view kAllSources = "*";

// Until when what comes from a source is too old.
class Cutoffs {
 public:
  enum class Of { kContents, kReleases };

  Cutoffs(const std::vector<v1::RetentionRule>& rules, Of of, WallTime now) {
    for (const v1::RetentionRule& rule : rules) {
      const bool given = of == Of::kContents ? rule.has_content_age() : rule.has_release_age();
      std::optional<WallTime> cutoff;
      if (given) {
        const auto& age = of == Of::kContents ? rule.content_age() : rule.release_age();
        cutoff = now - std::chrono::seconds(age.seconds());
        if (!youngest_.has_value() || *cutoff > *youngest_) youngest_ = cutoff;
      }
      by_source_[rule.source()] = cutoff;
    }
  }

  // A source that has a rule is not of "*", also where its rule says nothing.
  bool IsOver(const std::string& source, WallTime time) const {
    auto rule = by_source_.find(source);
    if (rule == by_source_.end()) rule = by_source_.find(std::string(kAllSources));
    return rule != by_source_.end() && rule->second.has_value() && time < *rule->second;
  }
  // Nothing that is as young is too old for any rule.
  bool NoneSince(WallTime time) const { return !youngest_.has_value() || time >= *youngest_; }

 private:
  std::map<std::string, std::optional<WallTime>> by_source_;
  std::optional<WallTime> youngest_;
};

// What is left of a release until it is removed.
Release Emptied(const Release& release) {
  Release emptied;
  emptied.set_name(release.name());
  emptied.set_uri(release.uri());
  return emptied;
}

absl::StatusOr<Release> Parse(const StoredRevision& revision) {
  Release release;
  if (release.ParseFromString(revision.record)) return release;
  return Error(
      absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
      fmt::format("revision {} of the database cannot be read back; restore the archive from a backup", revision.id));
}

// Removes contents, once each.
class ContentRemover {
 public:
  ContentRemover(ArchiveRows& rows, bool validate_only, v1::ApplyRetentionReport* removed)
      : rows_(rows), validate_only_(validate_only), removed_(removed) {}

  absl::Status Remove(const DocumentRow& row) {
    const uint64_t bytes = row.document.content_bytes();
    if (bytes == 0 || !seen_.insert(row.content_id).second) return absl::OkStatus();
    removed_->set_content_count(removed_->content_count() + 1);
    removed_->set_content_bytes(removed_->content_bytes() + bytes);
    if (validate_only_) return absl::OkStatus();
    DATELINE_ASSIGN_OR_RETURN(const auto contents, rows_.Contents(row.content_id - 1, 1));
    if (contents.empty() || contents.front().id != row.content_id) return absl::OkStatus();
    if (row.document.feed_hints().has_recipe()) {
      // What a recipe cut out of it goes with it.
      DocumentRow without = row;
      without.document.mutable_feed_hints()->mutable_recipe()->clear_body_html();
      DATELINE_RETURN_IF_ERROR(rows_.ReplaceDocumentTexts(without));
    }
    // The hash stays: the same content seen again is no news.
    return rows_.ReplaceContent(row.content_id, {.sha256 = contents.front().sha256, .compressed = {}}, 0);
  }

 private:
  ArchiveRows& rows_;
  const bool validate_only_;
  v1::ApplyRetentionReport* const removed_;
  std::set<int64_t> seen_;
};

class ReleaseEmptier {
 public:
  ReleaseEmptier(ArchiveRows& rows, bool validate_only, v1::ApplyRetentionReport* removed)
      : rows_(rows), validate_only_(validate_only), removed_(removed), contents_(rows, validate_only, removed) {}

  absl::Status Empty(int64_t release_id) {
    DATELINE_ASSIGN_OR_RETURN(const auto revisions, rows_.RevisionsOfRelease(release_id));
    removed_->set_release_count(removed_->release_count() + 1);
    removed_->set_revision_count(removed_->revision_count() + revisions.size());
    DATELINE_RETURN_IF_ERROR(RemoveContents(revisions));
    if (validate_only_) return absl::OkStatus();
    for (const StoredRevision& revision : revisions) {
      DATELINE_ASSIGN_OR_RETURN(const Release release, Parse(revision));
      DATELINE_RETURN_IF_ERROR(rows_.ReplaceRecord(revision, Emptied(release), events::v1::ReleaseEvent()));
    }
    return rows_.AddEmptied(release_id);
  }

 private:
  // Those that belong to no document but the release's own.
  absl::Status RemoveContents(const std::vector<StoredRevision>& revisions) {
    std::set<int64_t> own;
    for (const StoredRevision& revision : revisions) own.insert(revision.document_id);
    for (const int64_t id : own) {
      DATELINE_ASSIGN_OR_RETURN(const auto document, rows_.Documents(id - 1, 1));
      if (document.empty() || document.front().id != id) continue;
      DATELINE_ASSIGN_OR_RETURN(const auto sharing, rows_.DocumentsOfContent(document.front().content_id, kSharedMax));
      // A bulletin's page stays while it has releases that stay.
      const bool alone = document.front().document.releases_size() <= 1 &&
                         std::all_of(sharing.begin(), sharing.end(),
                                     [&own](const DocumentRow& other) { return own.contains(other.id); });
      if (alone) DATELINE_RETURN_IF_ERROR(contents_.Remove(document.front()));
    }
    return absl::OkStatus();
  }

  ArchiveRows& rows_;
  const bool validate_only_;
  v1::ApplyRetentionReport* const removed_;
  ContentRemover contents_;
};

bool IsEmptied(const Release& release) {
  return release.SerializeAsString() == Emptied(release).SerializeAsString();
}

}  // namespace

absl::StatusOr<std::vector<v1::RetentionRule>> ArchiveAdministration::RetentionRules() {
  std::vector<v1::RetentionRule> rules;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(rules, rows.RetentionRules());
    return absl::OkStatus();
  }));
  return rules;
}

absl::Status ArchiveAdministration::SetRetentionRule(const v1::RetentionRule& rule) {
  return transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    if (!rule.has_content_age() && !rule.has_release_age()) return rows.RemoveRetentionRule(rule.source());
    DATELINE_ASSIGN_OR_RETURN(const auto rules, rows.RetentionRules());
    const bool known = std::any_of(rules.begin(), rules.end(),
                                   [&rule](const v1::RetentionRule& other) { return other.source() == rule.source(); });
    if (!known && rules.size() >= kRetentionRulesMax) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_RULES",
                   fmt::format("there are {} rules; remove one that is not needed", rules.size()));
    }
    return rows.PutRetentionRule(rule);
  });
}

absl::StatusOr<RetentionStep> ArchiveAdministration::ExpireContents(uint64_t after, bool validate_only) {
  DATELINE_ASSIGN_OR_RETURN(const auto rules, RetentionRules());
  const Cutoffs cutoffs(rules, Cutoffs::Of::kContents, clock_.Now());
  RetentionStep step;
  const auto expire = [&](ArchiveRows& rows) -> absl::Status {
    step = RetentionStep();
    DATELINE_ASSIGN_OR_RETURN(const auto documents, rows.Documents(static_cast<int64_t>(after), kBatch));
    step.ended = documents.empty();
    ContentRemover remover(rows, validate_only, &step.removed);
    const auto over = [&cutoffs](const DocumentRow& row) {
      return cutoffs.IsOver(row.document.source(), FromTimestamp(row.document.create_time()));
    };
    for (const DocumentRow& row : documents) {
      step.next = static_cast<uint64_t>(row.id);
      // Times ascend with ids.
      step.ended = cutoffs.NoneSince(FromTimestamp(row.document.create_time()));
      if (step.ended) break;
      // What still waits for extraction is needed.
      if (!over(row) || row.document.state() == v1::Document::STATE_PENDING) continue;
      DATELINE_ASSIGN_OR_RETURN(const auto sharing, rows.DocumentsOfContent(row.content_id, kSharedMax));
      if (std::all_of(sharing.begin(), sharing.end(), over)) DATELINE_RETURN_IF_ERROR(remover.Remove(row));
    }
    return absl::OkStatus();
  };
  DATELINE_RETURN_IF_ERROR(validate_only ? transactions_.Read(expire) : transactions_.Write(expire));
  return step;
}

absl::StatusOr<RetentionStep> ArchiveAdministration::ExpireReleases(uint64_t after, bool validate_only) {
  DATELINE_ASSIGN_OR_RETURN(const auto rules, RetentionRules());
  const Cutoffs cutoffs(rules, Cutoffs::Of::kReleases, clock_.Now());
  RetentionStep step;
  const auto expire = [&](ArchiveRows& rows) -> absl::Status {
    step = RetentionStep();
    DATELINE_ASSIGN_OR_RETURN(const auto releases, rows.Releases(static_cast<int64_t>(after), kBatch));
    step.ended = releases.empty();
    ReleaseEmptier emptier(rows, validate_only, &step.removed);
    for (const ReleaseHead& head : releases) {
      step.next = static_cast<uint64_t>(head.id);
      Release basic;
      if (!basic.ParseFromString(head.basic) || IsEmptied(basic)) continue;
      if (!cutoffs.IsOver(basic.source(), head.update_time)) continue;
      DATELINE_RETURN_IF_ERROR(emptier.Empty(head.id));
    }
    return absl::OkStatus();
  };
  DATELINE_RETURN_IF_ERROR(validate_only ? transactions_.Read(expire) : transactions_.Write(expire));
  return step;
}

absl::StatusOr<uint64_t> ArchiveAdministration::RemoveEmptied() {
  uint64_t left = 0;
  uint64_t removed = 0;
  const auto remove = [&](ArchiveRows& rows) -> absl::Status {
    left = 0;
    removed = 0;
    DATELINE_ASSIGN_OR_RETURN(const auto emptied, rows.Emptied(kBatch));
    for (const int64_t id : emptied) {
      DATELINE_ASSIGN_OR_RETURN(const auto revisions, rows.RevisionsOfRelease(id));
      // One that was revised meanwhile stays.
      bool empty = true;
      for (const StoredRevision& revision : revisions) {
        DATELINE_ASSIGN_OR_RETURN(const Release release, Parse(revision));
        empty = empty && IsEmptied(release);
      }
      DATELINE_ASSIGN_OR_RETURN(const bool derived, rows.IsDerived(id));
      if (empty && !derived) {
        ++left;
        continue;
      }
      if (empty) DATELINE_RETURN_IF_ERROR(rows.RemoveRelease(revisions));
      removed += empty ? 1 : 0;
      DATELINE_RETURN_IF_ERROR(rows.RemoveEmptied(id));
    }
    // More than one batch may wait.
    if (emptied.size() == static_cast<size_t>(kBatch)) ++left;
    return absl::OkStatus();
  };
  DATELINE_RETURN_IF_ERROR(transactions_.Write(remove));
  if (removed > 0) DATELINE_RETURN_IF_ERROR(transactions_.Reload());
  return left;
}

}  // namespace dateline::storage
