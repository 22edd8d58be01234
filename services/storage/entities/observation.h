#pragma once
// What one release says of each person, organisation, place and programme that it names, ready to be joined with what
// others say. Pure and thread-safe.

#include <cstdint>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/entity.pb.h"
#include "services/storage/entities/entity_record.pb.h"

namespace dateline::storage {

// What is kept of one entity in one release.
inline constexpr int kMentionFiguresMax = 16;
inline constexpr int kMentionContactsMax = 8;
inline constexpr size_t kObservationsMax = 400;

struct Observation {
  v1::Entity::Kind kind = v1::Entity::KIND_UNSPECIFIED;
  uint32_t fact = 0;               // Its place in the list of the release, from 1; 0: only in a contact.
  std::string display_name;        // The fullest form.
  std::string key;                 // Of that name, as in name_key.h.
  std::vector<std::string> words;  // People only: the words of the name.
  std::string acronym;             // As written; organisations only.
  uint64_t geonames_id = 0;        // Places only.
  std::string country_code;
  std::string location;             // Places only: country and coordinates; empty when they are not known.
  std::vector<std::string> emails;  // Its own ones.
  // Aliases, roles, contacts, figures, contexts and date; without keys, which follow from what it is joined with.
  records::MentionRecord mention;
};

// The people first, so that contacts find them.
std::vector<Observation> Observe(const release::v1::Release& release);

// The address in lower case.
std::string FoldedEmail(std::string_view email);

}  // namespace dateline::storage
