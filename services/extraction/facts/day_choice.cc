#include "services/extraction/facts/day_choice.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>

#include "services/extraction/facts/publish.h"

namespace dateline::extraction {
namespace {

using release::v1::PublishCandidate;

// So many different days among those that readers see are a list of teasers or comments.
constexpr std::size_t kCrowdSize = 4;

constexpr std::size_t Index(DayFeature feature) {
  return static_cast<std::size_t>(feature);
}

bool IsShown(std::string_view basis) {
  return basis == "near_title" || basis == "date_class" || basis == "text_line" || basis == "labelled" ||
         basis == "dateline" || basis == "text_start";
}
bool IsMachine(std::string_view basis) {
  return basis == "json_ld" || basis == "meta" || basis == "microdata" || basis == "json_ld_page" ||
         basis == "meta_loose" || basis == "script";
}

CalendarDate DayOf(const PublishCandidate& candidate) {
  return {candidate.date().year(), candidate.date().month(), candidate.date().day()};
}

// Whether a moment falls on `day` somewhere on earth.
bool FallsOn(const PublishCandidate& candidate, const CalendarDate& day) {
  if (!candidate.has_time() || NamesItsZone(candidate.raw())) return false;
  constexpr std::int64_t kWest = 12 * 3600;
  constexpr std::int64_t kEast = 14 * 3600;
  const std::int64_t begin = DaysFromCivil(day) * 86400;
  return candidate.time().seconds() + kEast >= begin && candidate.time().seconds() - kWest < begin + 86400;
}

struct Day {
  DayCandidate out;
  std::vector<std::size_t> candidates;
  bool shown = false;
  bool machine = false;
};

class Weigher {
 public:
  explicit Weigher(const release::v1::Release& release) : release_(release) {}

  std::vector<DayCandidate> Run() {
    for (int i = 0; i < release_.publish().candidates_size(); ++i) Add(static_cast<std::size_t>(i));
    std::size_t shown = 0;
    for (const Day& day : days_) shown += day.shown ? 1 : 0;
    double total = 1;
    for (Day& day : days_) Describe(day, shown >= kCrowdSize);
    DescribeChanges();
    DescribeCrowds();
    DescribePlaces();
    DescribeMeta();
    for (Day& day : days_) {
      double sum = 0;
      for (std::size_t i = 0; i < kDayFeatureCount; ++i) {
        if (day.out.features[i]) sum += kDayWeights[i];
      }
      day.out.probability = std::exp(sum);
      total += day.out.probability;
    }
    std::vector<DayCandidate> out;
    for (Day& day : days_) {
      day.out.probability /= total;
      out.push_back(day.out);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const DayCandidate& a, const DayCandidate& b) { return a.probability > b.probability; });
    return out;
  }

 private:
  const PublishCandidate& At(std::size_t i) const { return release_.publish().candidates(static_cast<int>(i)); }

  void Add(std::size_t i) {
    const CalendarDate date = DayOf(At(i));
    if (!date.complete()) return;
    const std::size_t rank = RankOfBasis(At(i).basis());
    if (rank >= kDateBases.size()) return;
    auto it = std::find_if(days_.begin(), days_.end(), [&](const Day& day) { return day.out.day == date; });
    if (it == days_.end()) {
      it = days_.insert(days_.end(), Day{});
      it->out.day = date;
      it->out.candidate = static_cast<int>(i);
    }
    if (rank < RankOfBasis(At(static_cast<std::size_t>(it->out.candidate)).basis()))
      it->out.candidate = static_cast<int>(i);
    it->candidates.push_back(i);
    it->shown = it->shown || IsShown(At(i).basis());
    it->machine = it->machine || IsMachine(At(i).basis());
    if (!seen_[rank]) {
      it->out.features[Index(DayFeature::kFirst) + rank] = true;
    } else if (!it->out.features[Index(DayFeature::kFirst) + rank]) {
      it->out.features[Index(DayFeature::kLater)] = true;
      if (At(i).basis() == "near_title") it->out.features[Index(DayFeature::kLaterNear)] = true;
    }
    seen_[rank] = true;
  }

  void Describe(Day& day, bool crowd) const {
    DayFeatures& f = day.out.features;
    const auto set = [&](DayFeature feature, bool value) { f[Index(feature)] = value; };
    std::size_t bases = 0;
    for (std::size_t i = 0; i < kDateBases.size(); ++i) bases += f[Index(DayFeature::kFirst) + i] ? 1 : 0;
    set(DayFeature::kBias, true);
    set(DayFeature::kTwoBases, bases >= 2);
    set(DayFeature::kThreeBases, bases >= 3);
    set(DayFeature::kShownAndMachine, day.shown && day.machine);
    set(DayFeature::kOnlyShown, day.shown && !day.machine);
    set(DayFeature::kOnlyMachine, day.machine && !day.shown);
    bool earliest = true;
    bool latest = true;
    bool published_before = false;
    for (const Day& other : days_) {
      if (&other == &day) continue;
      const std::int64_t distance = DaysFromCivil(other.out.day) - DaysFromCivil(day.out.day);
      earliest = earliest && distance > 0;
      latest = latest && distance < 0;
      if (other.machine && !day.machine) set(DayFeature::kRivalMachine, true);
      if (other.shown && !day.shown) set(DayFeature::kRivalShown, true);
      if (other.shown && other.machine && !(day.shown && day.machine)) set(DayFeature::kRivalBoth, true);
      if (distance < 0 && !OnlyChanged(other) && (IsShownAsOwn(other) || other.machine)) published_before = true;
      if (std::abs(distance) != 1) continue;
      if (day.shown && !day.machine && AnyFallsOn(other, day.out.day)) {
        set(DayFeature::kShownNextDay, true);
        if (First(day, "near_title") || First(day, "url")) set(DayFeature::kShownNextDayNear, true);
      }
      if (other.shown && !other.machine && AnyFallsOn(day, other.out.day)) set(DayFeature::kMachineNextDay, true);
    }
    set(DayFeature::kEarliest, earliest && days_.size() > 1);
    set(DayFeature::kLatest, latest && days_.size() > 1);
    set(DayFeature::kAlone, days_.size() == 1);
    if (const CalendarDate month = MonthOfUrl(release_.uri()); month.month != 0) {
      const bool same = month.year == day.out.day.year && month.month == day.out.day.month;
      set(same ? DayFeature::kUrlMonth : DayFeature::kUrlOtherMonth, true);
    }
    // Where nothing else is said it tells nothing that a page was not changed since.
    const bool modified = days_.size() > 1 && release_.has_page_modified_time() &&
                          release_.page_modified_time().seconds() / 86400 == DaysFromCivil(day.out.day);
    set(DayFeature::kModifiedDay, modified);
    const bool changed =
        std::any_of(day.candidates.begin(), day.candidates.end(), [&](std::size_t i) { return IsChange(i); });
    set(DayFeature::kModifiedLater, (modified || changed) && published_before);
    set(DayFeature::kCrowd, crowd);
    set(DayFeature::kOnlyUpdated, bases == 1 && First(day, "updated"));
    set(DayFeature::kOnlyModified, bases == 1 && First(day, "modified"));
    set(DayFeature::kCrowdShown, crowd && day.shown && !day.machine);
  }

  // Many pages show the day of their last change alone and keep that of publishing for machines; others show the day of
  // the last change without calling it so.
  void DescribeChanges() {
    const bool anything_shown =
        std::any_of(days_.begin(), days_.end(), [&](const Day& day) { return IsShownAsOwn(day); });
    const bool machine = std::any_of(days_.begin(), days_.end(), [](const Day& day) { return day.machine; });
    const bool updated = std::any_of(days_.begin(), days_.end(), [&](const Day& day) { return Has(day, "updated"); });
    const auto shown_modified = [&](const Day& day) {
      return Has(day, "modified") && IsShownAsOwn(day) && !day.machine;
    };
    const bool modified = std::any_of(days_.begin(), days_.end(), shown_modified);
    for (Day& day : days_) {
      DayFeatures& f = day.out.features;
      if (updated && !anything_shown) {
        const bool change = Has(day, "updated");
        f[Index(DayFeature::kUpdatedShown)] = change && !day.machine;
        f[Index(DayFeature::kUpdatedShownRival)] = change && !day.machine && machine;
        f[Index(DayFeature::kHiddenBesideUpdated)] = !change && day.machine;
        f[Index(DayFeature::kTimeBesideUpdated)] = !day.machine && !change && IsTimed(day);
      }
      f[Index(DayFeature::kShownModified)] = shown_modified(day);
      f[Index(DayFeature::kHiddenBesideModified)] = modified && day.machine && !IsShownAsOwn(day);
    }
  }

  // Posts, comments and teasers have a time each; the first of them is that of the page where it is a discussion.
  void DescribeCrowds() {
    constexpr std::size_t kManyTimes = 3;
    const auto before = [](const Day* a, const Day* b) { return IsBefore(*a, *b); };
    std::vector<Day*> timed;
    std::vector<Day*> shown;
    for (Day& day : days_) {
      if (IsTimed(day) || Has(day, "far_date")) timed.push_back(&day);
      if (IsShownAsOwn(day)) shown.push_back(&day);
    }
    if (timed.size() >= kManyTimes) {
      const auto [first, last] = std::minmax_element(timed.begin(), timed.end(), before);
      (*first)->out.features[Index(DayFeature::kFirstOfTimes)] = true;
      (*last)->out.features[Index(DayFeature::kLastOfTimes)] = true;
    }
    if (shown.size() < kCrowdSize) return;
    for (Day* day : shown)
      day->out.features[Index(day == shown.front() ? DayFeature::kFirstOfCrowd : DayFeature::kRestOfCrowd)] = true;
  }

  // How the places that give a day stand to each other and to those of the other days.
  void DescribePlaces() {
    const auto count = [&](std::string_view basis) {
      return std::count_if(days_.begin(), days_.end(), [&](const Day& day) { return Has(day, basis); });
    };
    const auto only = [&](const Day& day, std::initializer_list<std::string_view> bases) {
      return std::all_of(day.candidates.begin(), day.candidates.end(), [&](std::size_t i) {
        return std::find(bases.begin(), bases.end(), At(i).basis()) != bases.end();
      });
    };
    const bool several_far = count("far_date") >= 2;
    const bool several_posts = count("microdata") >= 2;
    const bool told = std::any_of(days_.begin(), days_.end(), [&](const Day& day) {
      return day.machine || Has(day, "near_title") || Has(day, "url");
    });
    const Day* first_post = nullptr;
    for (Day& day : days_) {
      const auto set = [&](DayFeature feature, bool value) { day.out.features[Index(feature)] = value; };
      const bool post = several_posts && Has(day, "microdata");
      if (post && (first_post == nullptr || IsBefore(day, *first_post))) first_post = &day;
      std::size_t bases = 0;
      std::size_t machines = 0;
      for (const std::string_view basis : kDateBases) {
        if (!Has(day, basis)) continue;
        ++bases;
        machines += IsMachine(basis) ? 1 : 0;
      }
      set(DayFeature::kTwoMachines, machines >= 2);
      set(DayFeature::kAllAgree, days_.size() == 1 && bases >= 3);
      set(DayFeature::kOnlyFar, only(day, {"far_date"}));
      set(DayFeature::kSeveralFar, several_far && Has(day, "far_date"));
      set(DayFeature::kVisit, told && day.out.features[Index(DayFeature::kLatest)] && Has(day, "above_title") &&
                                  only(day, {"above_title", "labelled", "far_date", "time_element"}));
    }
    for (Day& day : days_) day.out.features[Index(DayFeature::kFirstPost)] = &day == first_post;
    MarkMostPlaces(DayFeature::kMostPlaces, false);
    MarkMostPlaces(DayFeature::kMostSigns, true);
  }

  // Marks the day that more places give than any other, without those that tell of a change or with them.
  void MarkMostPlaces(DayFeature feature, bool changes) {
    if (days_.size() < 2) return;
    const auto places = [&](const Day& day) {
      return std::count_if(kDateBases.begin(), kDateBases.end(), [&](std::string_view basis) {
        return (changes || !IsChangeBasis(basis)) && Has(day, basis);
      });
    };
    for (Day& day : days_) {
      const auto own = places(day);
      day.out.features[Index(feature)] = std::all_of(
          days_.begin(), days_.end(), [&](const Day& other) { return &other == &day || places(other) < own; });
    }
  }

  // Where meta elements alone tell machines when the page was published, and a change is told beside it.
  void DescribeMeta() {
    const auto any = [&](std::string_view basis) {
      return std::any_of(days_.begin(), days_.end(), [&](const Day& day) { return Has(day, basis); });
    };
    if (!any("meta") || any("json_ld") || any("json_ld_page")) return;
    const auto changed = [&](const Day& day) {
      return !day.machine &&
             std::any_of(day.candidates.begin(), day.candidates.end(), [&](std::size_t i) { return IsChange(i); });
    };
    const bool any_changed = std::any_of(days_.begin(), days_.end(), changed);
    for (Day& day : days_) {
      day.out.features[Index(DayFeature::kChangeOverMeta)] = changed(day);
      day.out.features[Index(DayFeature::kMetaBesideChange)] = any_changed && Has(day, "meta");
    }
  }

  static bool IsBefore(const Day& a, const Day& b) { return DaysFromCivil(a.out.day) < DaysFromCivil(b.out.day); }

  bool Has(const Day& day, std::string_view basis) const {
    return std::any_of(day.candidates.begin(), day.candidates.end(),
                       [&](std::size_t i) { return At(i).basis() == basis; });
  }
  bool IsTimed(const Day& day) const { return Has(day, "microdata") || Has(day, "time_element"); }
  // Readers are told this day, and not that it is the day of a change.
  bool IsShownAsOwn(const Day& day) const { return day.shown || Has(day, "above_title"); }

  bool IsChange(std::size_t i) const { return IsChangeBasis(At(i).basis()); }
  bool OnlyChanged(const Day& day) const {
    return std::all_of(day.candidates.begin(), day.candidates.end(), [&](std::size_t i) { return IsChange(i); });
  }

  static bool First(const Day& day, std::string_view basis) {
    return day.out.features[Index(DayFeature::kFirst) + RankOfBasis(basis)];
  }

  bool AnyFallsOn(const Day& day, const CalendarDate& date) const {
    return std::any_of(day.candidates.begin(), day.candidates.end(),
                       [&](std::size_t i) { return IsMachine(At(i).basis()) && FallsOn(At(i), date); });
  }

  const release::v1::Release& release_;
  std::vector<Day> days_;
  std::array<bool, kDateBases.size()> seen_ = {};
};

}  // namespace

bool IsChangeBasis(std::string_view basis) {
  return basis == "updated" || basis == "modified" || basis == "far_updated" || basis == "updated_copy";
}

std::size_t RankOfBasis(std::string_view basis) {
  return static_cast<std::size_t>(std::find(kDateBases.begin(), kDateBases.end(), basis) - kDateBases.begin());
}

std::vector<DayCandidate> WeighDays(const release::v1::Release& release) {
  return Weigher(release).Run();
}

}  // namespace dateline::extraction
