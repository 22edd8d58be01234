// Which methods there are, from the descriptors.
#include <map>

#include "common/base/check.h"
#include "dateline/events/v1/event_log_service.pb.h"
#include "dateline/extraction/v1/extraction_service.pb.h"
#include "dateline/ingestion/v1/ingest_service.pb.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "dateline/notification/v1/event_stream_service.pb.h"
#include "dateline/notification/v1/saved_search_service.pb.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "dateline/storage/v1/admin_service.pb.h"
#include "dateline/storage/v1/document_service.pb.h"
#include "dateline/storage/v1/entity_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/gateway/backend/backend.h"

namespace dateline::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::map<const Descriptor*, const MethodDescriptor*> MethodsByRequest() {
  std::map<const Descriptor*, const MethodDescriptor*> methods;
  for (const ServiceDescriptor* service : KnownServices()) {
    for (int i = 0; i < service->method_count(); ++i) methods[service->method(i)->input_type()] = service->method(i);
  }
  return methods;
}

}  // namespace

const std::vector<const ServiceDescriptor*>& KnownServices() {
  static const std::vector<const ServiceDescriptor*> services = [] {
    std::vector<const ServiceDescriptor*> found;
    // Naming a message of each file makes the linker keep its descriptors.
    for (const FileDescriptor* file :
         {storage::v1::GetReleaseRequest::descriptor()->file(), storage::v1::GetEntityRequest::descriptor()->file(),
          storage::v1::GetDocumentRequest::descriptor()->file(),
          storage::v1::GetArchiveStatsRequest::descriptor()->file(),
          ingestion::v1::IngestDocumentRequest::descriptor()->file(),
          ingestion::v1::GetSourceRequest::descriptor()->file(),
          extraction::v1::ExtractReleasesRequest::descriptor()->file(),
          notification::v1::GetSubscriptionRequest::descriptor()->file(),
          notification::v1::GetSavedSearchRequest::descriptor()->file(),
          notification::v1::StreamEventsRequest::descriptor()->file(),
          events::v1::GetHeadsRequest::descriptor()->file(),
          google::longrunning::GetOperationRequest::descriptor()->file()}) {
      for (int i = 0; i < file->service_count(); ++i) found.push_back(file->service(i));
    }
    return found;
  }();
  return services;
}

const MethodDescriptor* MethodOf(const Descriptor* request) {
  static const std::map<const Descriptor*, const MethodDescriptor*> methods = MethodsByRequest();
  const auto found = methods.find(request);
  return found == methods.end() ? nullptr : found->second;
}

const MethodDescriptor* FindMethod(const std::string& full_name) {
  for (const ServiceDescriptor* service : KnownServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      if (service->method(i)->full_name() == full_name) return service->method(i);
    }
  }
  return nullptr;
}

}  // namespace dateline::gateway
