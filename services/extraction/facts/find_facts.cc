#include "services/extraction/facts/find_facts.h"

#include "services/extraction/facts/dates.h"
#include "services/extraction/facts/events.h"
#include "services/extraction/facts/figures.h"
#include "services/extraction/facts/funding.h"
#include "services/extraction/facts/named_works.h"
#include "services/extraction/facts/quotes.h"
#include "services/extraction/facts/references.h"
#include "services/extraction/names/find_names.h"
#include "services/extraction/names/title_names.h"

namespace dateline::extraction {

void FindFacts(const LanguagePack& pack, const Calendar& calendar, const Gazetteer& gazetteer,
               release::v1::Release* release) {
  const Analysis analysis = Analyze(*release, pack);
  const FactContext context{analysis, calendar, gazetteer};
  FindNames(context, release);
  AddTitleNames(context, release);
  FindQuotes(context, release);
  FindDates(context, release);
  FindFigures(context, release);
  FindNamedWorks(context, release);
  FindEvents(context, release);
  FindFunding(context, release);
  FindReferences(context, release);
}

}  // namespace dateline::extraction
