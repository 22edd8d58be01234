#include "services/gateway/api/routes.h"

#include <array>

namespace dateline::gateway {
namespace {

#define DATELINE_RELEASES "dateline.storage.v1.ReleaseService."
#define DATELINE_DOCUMENTS "dateline.storage.v1.DocumentService."
#define DATELINE_ENTITIES "dateline.storage.v1.EntityService."
#define DATELINE_ADMIN "dateline.storage.v1.AdminService."
#define DATELINE_LOG "dateline.events.v1.EventLogService."
#define DATELINE_INGEST "dateline.ingestion.v1.IngestService."
#define DATELINE_SOURCES "dateline.ingestion.v1.SourceService."
#define DATELINE_EXTRACT "dateline.extraction.v1.ExtractionService."
#define DATELINE_SUBSCRIPTIONS "dateline.notification.v1.SubscriptionService."
#define DATELINE_SEARCHES "dateline.notification.v1.SavedSearchService."
#define DATELINE_EVENTS "dateline.notification.v1.EventStreamService."
#define DATELINE_OPERATIONS "google.longrunning.Operations."

constexpr ApiRoute kRoutes[] = {
    // Releases.
    {"GET", "/v1/releases", DATELINE_RELEASES "ListReleases", "", "", Scope::kRead},
    {"GET", "/v1/releases:search", DATELINE_RELEASES "SearchReleases", "", "", Scope::kRead},
    {"GET", "/v1/releases:batchGet", DATELINE_RELEASES "BatchGetReleases", "", "", Scope::kRead},
    {"GET", "/v1/releases:export", DATELINE_RELEASES "ExportReleases", "", "", Scope::kRead},
    {"POST", "/v1/releases:extract", DATELINE_EXTRACT "ExtractReleases", "*", "", Scope::kIngest},
    {"GET", "/v1/{name=releases/*}", DATELINE_RELEASES "GetRelease", "", "release", Scope::kRead},
    {"POST", "/v1/{name=releases/*}:withdraw", DATELINE_RELEASES "WithdrawRelease", "*", "release", Scope::kAdmin},
    {"GET", "/v1/{name=releases/*}:diff", DATELINE_RELEASES "DiffReleaseRevisions", "", "", Scope::kRead},
    {"GET", "/v1/{name=releases/*}/similar", DATELINE_RELEASES "ListSimilarReleases", "", "", Scope::kRead},
    {"GET", "/v1/{name=releases/*}/revisions", DATELINE_RELEASES "ListReleaseRevisions", "", "", Scope::kRead},
    {"GET", "/v1/{name=releases/*/revisions/*}", DATELINE_RELEASES "GetRelease", "", "release", Scope::kRead},
    // Events as they happen; see live/.
    {"GET", "/v1/events", DATELINE_EVENTS "StreamEvents", "", "", Scope::kRead},
    // Documents.
    {"GET", "/v1/documents", DATELINE_DOCUMENTS "ListDocuments", "", "", Scope::kRead},
    {"GET", "/v1/{name=documents/*}", DATELINE_DOCUMENTS "GetDocument", "", "document", Scope::kRead},
    {"POST", "/v1/documents:ingest", DATELINE_INGEST "IngestDocument", "*", "", Scope::kIngest},
    {"POST", "/v1/documents:ingestUrl", DATELINE_INGEST "IngestUrl", "*", "", Scope::kIngest},
    // Sources.
    {"GET", "/v1/sources", DATELINE_SOURCES "ListSources", "", "", Scope::kRead},
    {"POST", "/v1/sources", DATELINE_SOURCES "CreateSource", "source", "source", Scope::kIngest},
    {"POST", "/v1/sources:discover", DATELINE_SOURCES "DiscoverSources", "*", "", Scope::kIngest},
    {"POST", "/v1/sources:testRecipe", DATELINE_SOURCES "TestRecipe", "*", "", Scope::kIngest},
    {"POST", "/v1/sources:import", DATELINE_SOURCES "ImportSources", "*", "", Scope::kIngest},
    {"GET", "/v1/sources:export", DATELINE_SOURCES "ExportSources", "", "", Scope::kRead},
    {"GET", "/v1/{name=sources/*}", DATELINE_SOURCES "GetSource", "", "source", Scope::kRead},
    {"PATCH", "/v1/{source.name=sources/*}", DATELINE_SOURCES "UpdateSource", "source", "source", Scope::kIngest},
    {"DELETE", "/v1/{name=sources/*}", DATELINE_SOURCES "DeleteSource", "", "", Scope::kIngest},
    {"POST", "/v1/{name=sources/*}:pause", DATELINE_SOURCES "PauseSource", "*", "source", Scope::kIngest},
    {"POST", "/v1/{name=sources/*}:resume", DATELINE_SOURCES "ResumeSource", "*", "source", Scope::kIngest},
    {"POST", "/v1/{name=sources/*}:poll", DATELINE_SOURCES "PollSource", "*", "", Scope::kIngest},
    {"GET", "/v1/{name=sources/*}/fetches", DATELINE_SOURCES "ListFetches", "", "", Scope::kRead},
    // Saved searches.
    {"GET", "/v1/savedSearches", DATELINE_SEARCHES "ListSavedSearches", "", "", Scope::kRead},
    {"POST", "/v1/savedSearches", DATELINE_SEARCHES "CreateSavedSearch", "saved_search", "saved_search",
     Scope::kSubscribe},
    {"GET", "/v1/{name=savedSearches/*}", DATELINE_SEARCHES "GetSavedSearch", "", "saved_search", Scope::kRead},
    {"PATCH", "/v1/{saved_search.name=savedSearches/*}", DATELINE_SEARCHES "UpdateSavedSearch", "saved_search",
     "saved_search", Scope::kSubscribe},
    {"DELETE", "/v1/{name=savedSearches/*}", DATELINE_SEARCHES "DeleteSavedSearch", "", "", Scope::kSubscribe},
    // Subscriptions.
    {"GET", "/v1/subscriptions", DATELINE_SUBSCRIPTIONS "ListSubscriptions", "", "", Scope::kSubscribe},
    {"POST", "/v1/subscriptions", DATELINE_SUBSCRIPTIONS "CreateSubscription", "subscription", "subscription",
     Scope::kSubscribe},
    {"POST", "/v1/subscriptions:dryRun", DATELINE_SUBSCRIPTIONS "DryRunSubscription", "*", "", Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:dryRun", DATELINE_SUBSCRIPTIONS "DryRunSubscription", "*", "",
     Scope::kSubscribe},
    {"GET", "/v1/{name=subscriptions/*}", DATELINE_SUBSCRIPTIONS "GetSubscription", "", "subscription",
     Scope::kSubscribe},
    {"PATCH", "/v1/{subscription.name=subscriptions/*}", DATELINE_SUBSCRIPTIONS "UpdateSubscription", "subscription",
     "subscription", Scope::kSubscribe},
    {"DELETE", "/v1/{name=subscriptions/*}", DATELINE_SUBSCRIPTIONS "DeleteSubscription", "", "", Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:pause", DATELINE_SUBSCRIPTIONS "PauseSubscription", "*", "subscription",
     Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:resume", DATELINE_SUBSCRIPTIONS "ResumeSubscription", "*", "subscription",
     Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:backfill", DATELINE_SUBSCRIPTIONS "BackfillSubscription", "*", "operation",
     Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:test", DATELINE_SUBSCRIPTIONS "TestSubscription", "*", "", Scope::kSubscribe},
    {"POST", "/v1/{name=subscriptions/*}:rotateSecret", DATELINE_SUBSCRIPTIONS "RotateSecret", "*", "subscription",
     Scope::kSubscribe},
    {"GET", "/v1/{parent=subscriptions/*}/deliveries", DATELINE_SUBSCRIPTIONS "ListDeliveries", "", "",
     Scope::kSubscribe},
    {"POST", "/v1/{parent=subscriptions/*}/deliveries:replay", DATELINE_SUBSCRIPTIONS "ReplayDeliveries", "*", "",
     Scope::kSubscribe},
    // People, organisations, places, programmes.
    {"GET", "/v1/entities", DATELINE_ENTITIES "ListEntities", "", "", Scope::kRead},
    {"POST", "/v1/entities:rebuild", DATELINE_ENTITIES "RebuildEntities", "*", "", Scope::kAdmin},
#define DATELINE_ENTITY_ROUTES(collection)                                                                           \
  {"GET", "/v1/{name=" collection "/*}", DATELINE_ENTITIES "GetEntity", "", "entity", Scope::kRead},                 \
      {"GET", "/v1/{name=" collection "/*}/mentions", DATELINE_ENTITIES "ListEntityMentions", "", "", Scope::kRead}, \
      {"GET", "/v1/{name=" collection "/*}/figures", DATELINE_ENTITIES "ListFigureSeries", "", "", Scope::kRead},    \
      {"POST", "/v1/{name=" collection "/*}:merge", DATELINE_ENTITIES "MergeEntities", "*", "", Scope::kAdmin},      \
      {"POST", "/v1/{name=" collection "/*}:split", DATELINE_ENTITIES "SplitEntity", "*", "", Scope::kAdmin},
    DATELINE_ENTITY_ROUTES("people") DATELINE_ENTITY_ROUTES("organizations") DATELINE_ENTITY_ROUTES("places")
        DATELINE_ENTITY_ROUTES("programmes")
#undef DATELINE_ENTITY_ROUTES
    // The archive.
    {"GET", "/v1/archive", DATELINE_ADMIN "GetArchiveStats", "", "", Scope::kRead},
    {"POST", "/v1/archive:backup", DATELINE_ADMIN "BackupArchive", "*", "operation", Scope::kAdmin},
    {"POST", "/v1/archive:verify", DATELINE_ADMIN "VerifyArchive", "*", "operation", Scope::kAdmin},
    {"POST", "/v1/archive:reprocess", DATELINE_ADMIN "ReprocessDocuments", "*", "operation", Scope::kAdmin},
    {"POST", "/v1/archive:eraseContact", DATELINE_ADMIN "EraseContact", "*", "", Scope::kAdmin},
    {"GET", "/v1/archive/retentionRules", DATELINE_ADMIN "ListRetentionRules", "", "", Scope::kAdmin},
    {"POST", "/v1/archive/retentionRules:set", DATELINE_ADMIN "SetRetentionRule", "*", "rule", Scope::kAdmin},
    {"POST", "/v1/archive:applyRetention", DATELINE_ADMIN "ApplyRetention", "*", "operation", Scope::kAdmin},
    {"GET", "/v1/operations", DATELINE_OPERATIONS "ListOperations", "", "", Scope::kAdmin, Target::kStorage},
    {"GET", "/v1/{name=operations/*}", DATELINE_OPERATIONS "GetOperation", "", "", Scope::kAdmin, Target::kStorage},
    {"POST", "/v1/{name=operations/*}:cancel", DATELINE_OPERATIONS "CancelOperation", "*", "", Scope::kAdmin,
     Target::kStorage},
    {"POST", "/v1/{name=operations/*}:wait", DATELINE_OPERATIONS "WaitOperation", "*", "", Scope::kAdmin,
     Target::kStorage},
    {"DELETE", "/v1/{name=operations/*}", DATELINE_OPERATIONS "DeleteOperation", "", "", Scope::kAdmin,
     Target::kStorage},
// The logs of the services that own topics.
#define DATELINE_LOG_ROUTES(name, target)                                                                      \
  {"GET", "/v1/logs/" name "/events", DATELINE_LOG "ReadEvents", "", "", Scope::kRead, target},                \
      {"GET", "/v1/logs/" name "/heads", DATELINE_LOG "GetHeads", "", "", Scope::kRead, target},               \
      {"GET", "/v1/logs/" name "/deadLetters", DATELINE_LOG "ListDeadLetters", "", "", Scope::kAdmin, target}, \
      {"POST", "/v1/logs/" name "/deadLetters:retry", DATELINE_LOG "RetryDeadLetters", "*", "", Scope::kAdmin, target},
    DATELINE_LOG_ROUTES("storage", Target::kStorage) DATELINE_LOG_ROUTES("ingestion", Target::kIngestion)
        DATELINE_LOG_ROUTES("notification", Target::kNotification)
#undef DATELINE_LOG_ROUTES
            {"GET", "/v1/extractor", DATELINE_EXTRACT "GetExtractorInfo", "", "", Scope::kRead},
};

// A whole archive is moved over gRPC, whose messages hold the largest document.
constexpr std::array<std::string_view, 8> kInternal = {
    DATELINE_RELEASES "CommitReleases", DATELINE_DOCUMENTS "PutDocument", DATELINE_LOG "LeaseEvents",
    DATELINE_LOG "ExtendLeases",        DATELINE_LOG "AckEvents",         DATELINE_LOG "NackEvent",
    DATELINE_ADMIN "ExportArchive",     DATELINE_ADMIN "ImportArchive"};

}  // namespace

std::span<const ApiRoute> ApiRoutes() {
  return kRoutes;
}

std::span<const std::string_view> InternalRpcs() {
  return kInternal;
}

}  // namespace dateline::gateway
