#pragma once
// One entity, one decision: ties the people of contacts to the people that the release names. A contact whose person is
// named elsewhere in a fuller form takes that form; a person of a contact whom the finders of names did not see becomes
// one; role and organisation are filled from the contact where the text says nothing else. The contact's own
// organisation stays as written. Pure, thread-safe, linear in the mentions.

#include "dateline/release/v1/release.pb.h"

namespace dateline::extraction {

void TieContactsToPeople(release::v1::Release* release);

}  // namespace dateline::extraction
