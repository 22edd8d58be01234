#include "services/extraction/zones/cues.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/word_index.h"

namespace dateline::extraction {
namespace {

// Whole lines that belong to the site.
constexpr WordIndex kChromeLabels(std::to_array<std::string_view>({
    "home",
    "homepage",
    "home page",
    "menu",
    "main menu",
    "navigation",
    "main navigation",
    "search",
    "global",
    "topics",
    "themes",
    "share",
    "share this",
    "share this page",
    "share this article",
    "share this page:",
    "share:",
    "share on",
    "facebook",
    "twitter",
    "x",
    "linkedin",
    "whatsapp",
    "instagram",
    "youtube",
    "pinterest",
    "flickr",
    "reddit",
    "snapchat",
    "telegram",
    "tiktok",
    "weibo",
    "wechat",
    "mastodon",
    "bluesky",
    "threads",
    "print",
    "print this page",
    "print page",
    "pdf",
    "pdf version",
    "download pdf",
    "download as pdf",
    "save",
    "subscribe",
    "sign up",
    "newsletter",
    "newsletters",
    "log in",
    "login",
    "sign in",
    "register",
    "my account",
    "cookies",
    "cookie policy",
    "cookie settings",
    "privacy policy",
    "privacy",
    "privacy notice",
    "legal notice",
    "legal",
    "disclaimer",
    "terms of use",
    "terms and conditions",
    "terms",
    "accessibility",
    "accessibility statement",
    "sitemap",
    "site map",
    "rss",
    "rss feeds",
    "contact us",
    "about us",
    "who we are",
    "what we do",
    "our work",
    "work with us",
    "careers",
    "jobs",
    "vacancies",
    "get involved",
    "take action",
    "donate",
    "donate now",
    "back to top",
    "top",
    "read more",
    "more",
    "next",
    "previous",
    "close",
    "open",
    "language",
    "languages",
    "english",
    "francais",
    "fran\u00E7ais",
    "espa\u00F1ol",
    "deutsch",
    "italiano",
    "portugu\u00EAs",
    "\u0440\u0443\u0441\u0441\u043A\u0438\u0439",
    "\u4E2D\u6587",
    "\u0627\u0644\u0639\u0631\u0628\u064A\u0629",
    "follow us",
    "partnerships",
    "multimedia",
    "photos",
    "videos",
    "gallery",
    "data and research",
    "where we work",
    "highlights",
    "advertisement",
    "faq",
    "faqs",
    "information links",
    "tags",
    "tags:",
    "all rights reserved",
    "-->",
    "|",
    "/",
    ">",
    "\u00BB",
    "-",
    "*",
    "\u2022",
    "information",
    "accueil",
    "partager",
    "imprimer",
    "rechercher",
    "recherche",
    "mentions l\u00E9gales",
    "plan du site",
    "nous contacter",
    "qui sommes-nous",
    "inicio",
    "compartir",
    "imprimir",
    "buscar",
    "aviso legal",
    "mapa del sitio",
    "startseite",
    "suche",
    "drucken",
    "teilen",
    "impressum",
    "datenschutz",
    "\u0433\u043B\u0430\u0432\u043D\u0430\u044F",
    "\u043F\u043E\u0438\u0441\u043A",
    "\u043F\u043E\u0434\u0435\u043B\u0438\u0442\u044C\u0441\u044F",
    "\u0432\u0435\u0440\u0441\u0438\u044F \u0434\u043B\u044F \u043F\u0435\u0447\u0430\u0442\u0438",
    "\u043A\u0430\u0440\u0442\u0430 \u0441\u0430\u0439\u0442\u0430",
    "\u9996\u9875",
    "\u5206\u4EAB",
    "\u6253\u5370",
    "\u641C\u7D22",
    "\u5173\u4E8E\u6211\u4EEC",
    "\u8054\u7CFB\u6211\u4EEC",
    "\u8FD4\u56DE\u9876\u90E8",
    "\u7F51\u7AD9\u5730\u56FE",
    "\u7BA1\u7406\u5458\u767B\u5F55",
    "\u0627\u0644\u0631\u0626\u064A\u0633\u064A\u0629",
    "\u0628\u062D\u062B",
    "\u0645\u0634\u0627\u0631\u0643\u0629",
    "\u0637\u0628\u0627\u0639\u0629",
    "\u0627\u062A\u0635\u0644 \u0628\u0646\u0627",
    "\u0645\u0646 \u0646\u062D\u0646",
}));

// Whole lines that say what kind of document follows.
constexpr WordIndex kMastheadLabels(std::to_array<std::string_view>({
    "news",
    "latest news",
    "news and events",
    "news & events",
    "news release",
    "news releases",
    "press",
    "press release",
    "press releases",
    "press room",
    "pressroom",
    "newsroom",
    "press centre",
    "press center",
    "media",
    "media centre",
    "media center",
    "media release",
    "media releases",
    "media advisory",
    "media note",
    "press note",
    "statement",
    "statements",
    "joint statement",
    "announcement",
    "announcements",
    "updates",
    "news story",
    "news stories",
    "story",
    "stories",
    "feature",
    "features",
    "speech",
    "speeches",
    "briefing",
    "fact sheet",
    "communique",
    "communiqu\u00E9",
    "communiqu\u00E9 de presse",
    "communiqu\u00E9s de presse",
    "actualit\u00E9s",
    "actualit\u00E9",
    "nota de prensa",
    "comunicado de prensa",
    "comunicado",
    "noticias",
    "noticia",
    "pressemitteilung",
    "pressemitteilungen",
    "presse",
    "medienmitteilung",
    "comunicato stampa",
    "comunicado de imprensa",
    "not\u00EDcias",
    "\u043F\u0440\u0435\u0441\u0441-\u0440\u0435\u043B\u0438\u0437",
    "\u043F\u0440\u0435\u0441\u0441-\u0440\u0435\u043B\u0438\u0437\u044B",
    "\u043D\u043E\u0432\u043E\u0441\u0442\u0438",
    "\u043F\u0440\u0435\u0441\u0441-\u0446\u0435\u043D\u0442\u0440",
    "\u65B0\u95FB",
    "\u65B0\u95FB\u4E2D\u5FC3",
    "\u65B0\u95FB\u7A3F",
    "\u65B0\u95FB\u53D1\u5E03",
    "\u65B0\u805E\u7A3F",
    "\u52A8\u6001",
    "\u0623\u062E\u0628\u0627\u0631",
    "\u0627\u0644\u0623\u062E\u0628\u0627\u0631",
    "\u0628\u064A\u0627\u0646 \u0635\u062D\u0641\u064A",
    "\u0628\u064A\u0627\u0646\u0627\u062A \u0635\u062D\u0641\u064A\u0629",
}));

// A phrase and what a short line that begins with it announces.
struct Phrase {
  std::string_view words;
  Cue cue;
};

constexpr std::array kOpenings = {
    Phrase{"skip to", Cue::kChrome},
    Phrase{"jump to", Cue::kChrome},
    Phrase{"go to ", Cue::kChrome},
    Phrase{"go back to", Cue::kChrome},
    Phrase{"back to ", Cue::kChrome},
    Phrase{"access to ", Cue::kChrome},
    Phrase{"direct access to", Cue::kChrome},
    Phrase{"view menu", Cue::kChrome},
    Phrase{"hide menu", Cue::kChrome},
    Phrase{"view submenu", Cue::kChrome},
    Phrase{"toggle ", Cue::kChrome},
    Phrase{"current page", Cue::kChrome},
    Phrase{"you are here", Cue::kChrome},
    Phrase{"follow us", Cue::kChrome},
    Phrase{"share this", Cue::kChrome},
    Phrase{"share on", Cue::kChrome},
    Phrase{"sign up for", Cue::kChrome},
    Phrase{"subscribe to", Cue::kChrome},
    Phrase{"open in a new", Cue::kChrome},
    Phrase{"opens in a new", Cue::kChrome},
    Phrase{"change the navigation", Cue::kChrome},
    Phrase{"change language", Cue::kChrome},
    Phrase{"select language", Cue::kChrome},
    Phrase{"view other", Cue::kChrome},
    Phrase{"launch the search", Cue::kChrome},
    Phrase{"we use cookies", Cue::kChrome},
    Phrase{"this site uses cookies", Cue::kChrome},
    Phrase{"\u00A9 copyright", Cue::kChrome},
    Phrase{"copyright \u00A9", Cue::kChrome},
    Phrase{"aller au contenu", Cue::kChrome},
    Phrase{"ir al contenido", Cue::kChrome},
    Phrase{"zum inhalt", Cue::kChrome},
    Phrase{"\u5F53\u524D\u4F4D\u7F6E", Cue::kChrome},
    Phrase{"\u60A8\u7684\u4F4D\u7F6E", Cue::kChrome},

    Phrase{"media contact", Cue::kContact},
    Phrase{"press contact", Cue::kContact},
    Phrase{"media enquir", Cue::kContact},
    Phrase{"media inquir", Cue::kContact},
    Phrase{"press enquir", Cue::kContact},
    Phrase{"press inquir", Cue::kContact},
    Phrase{"media relations", Cue::kContact},
    Phrase{"press office", Cue::kContact},
    Phrase{"contact:", Cue::kContact},
    Phrase{"contacts:", Cue::kContact},
    Phrase{"contact information", Cue::kContact},
    Phrase{"contact details", Cue::kContact},
    Phrase{"contact for", Cue::kContact},
    Phrase{"contacts for", Cue::kContact},
    Phrase{"for media", Cue::kContact},
    Phrase{"contact one of", Cue::kContact},
    Phrase{"contact presse", Cue::kContact},
    Phrase{"contacts presse", Cue::kContact},
    Phrase{"contact m\u00E9dia", Cue::kContact},
    Phrase{"relations presse", Cue::kContact},
    Phrase{"service de presse", Cue::kContact},
    Phrase{"contacto", Cue::kContact},
    Phrase{"prensa:", Cue::kContact},
    Phrase{"pressekontakt", Cue::kContact},
    Phrase{"ansprechpartner", Cue::kContact},
    Phrase{"medienkontakt", Cue::kContact},
    Phrase{"kontakt", Cue::kContact},
    Phrase{"contatti", Cue::kContact},
    Phrase{"contato", Cue::kContact},
    Phrase{"\u043A\u043E\u043D\u0442\u0430\u043A\u0442", Cue::kContact},
    Phrase{"\u5A92\u4F53\u8054\u7CFB", Cue::kContact},
    Phrase{"\u8054\u7CFB\u65B9\u5F0F", Cue::kContact},
    Phrase{"\u8054\u7CFB\u4EBA", Cue::kContact},
    Phrase{"\u65B0\u95FB\u8054\u7EDC", Cue::kContact},
    Phrase{"\u0644\u0644\u0627\u062A\u0635\u0627\u0644", Cue::kContact},
    Phrase{"\u062C\u0647\u0629 \u0627\u0644\u0627\u062A\u0635\u0627\u0644", Cue::kContact},
    Phrase{"\u0644\u0644\u062A\u0648\u0627\u0635\u0644", Cue::kContact},

    Phrase{"about ", Cue::kAbout},
    Phrase{"\u00E0 propos d", Cue::kAbout},
    Phrase{"acerca de", Cue::kAbout},
    Phrase{"sobre ", Cue::kAbout},
    Phrase{"\u00FCber ", Cue::kAbout},
    Phrase{"informazioni su", Cue::kAbout},
    Phrase{"\u043E \u043A\u043E\u043C\u043F\u0430\u043D\u0438\u0438", Cue::kAbout},
    Phrase{"\u043E\u0431 \u043E\u0440\u0433\u0430\u043D\u0438\u0437\u0430\u0446\u0438\u0438", Cue::kAbout},
    Phrase{"\u0441\u043F\u0440\u0430\u0432\u043A\u0430 \u043E", Cue::kAbout},
    Phrase{"\u5173\u4E8E", Cue::kAbout},
    Phrase{"\u95DC\u65BC", Cue::kAbout},
    Phrase{"\u0646\u0628\u0630\u0629 \u0639\u0646", Cue::kAbout},
    Phrase{"\u062D\u0648\u0644 ", Cue::kAbout},

    Phrase{"note to editors", Cue::kNotes},
    Phrase{"notes to editors", Cue::kNotes},
    Phrase{"notes for editors", Cue::kNotes},
    Phrase{"note for editors", Cue::kNotes},
    Phrase{"note to media", Cue::kNotes},
    Phrase{"editor's note", Cue::kNotes},
    Phrase{"editors' note", Cue::kNotes},
    Phrase{"notes:", Cue::kNotes},
    Phrase{"footnote", Cue::kNotes},
    Phrase{"background information", Cue::kNotes},
    Phrase{"forward-looking statement", Cue::kNotes},
    Phrase{"safe harbor", Cue::kNotes},
    Phrase{"note aux r\u00E9dact", Cue::kNotes},
    Phrase{"notes aux r\u00E9dact", Cue::kNotes},
    Phrase{"notas para", Cue::kNotes},
    Phrase{"nota a los editores", Cue::kNotes},
    Phrase{"hinweis f\u00FCr redaktion", Cue::kNotes},
    Phrase{"hinweise f\u00FCr", Cue::kNotes},
    Phrase{"\u043F\u0440\u0438\u043C\u0435\u0447\u0430\u043D\u0438", Cue::kNotes},
    Phrase{"\u7F16\u8005\u6CE8", Cue::kNotes},
    Phrase{"\u7F16\u8F91\u6CE8", Cue::kNotes},
    Phrase{"\u0645\u0644\u0627\u062D\u0638\u0627\u062A", Cue::kNotes},
    Phrase{"\u0645\u0644\u0627\u062D\u0638\u0629", Cue::kNotes},

    Phrase{"related", Cue::kRelated},
    Phrase{"see also", Cue::kRelated},
    Phrase{"read also", Cue::kRelated},
    Phrase{"further information", Cue::kRelated},
    Phrase{"further reading", Cue::kRelated},
    Phrase{"more information", Cue::kRelated},
    Phrase{"additional resources", Cue::kRelated},
    Phrase{"useful links", Cue::kRelated},
    Phrase{"links:", Cue::kRelated},
    Phrase{"you may also", Cue::kRelated},
    Phrase{"more news", Cue::kRelated},
    Phrase{"most read", Cue::kRelated},
    Phrase{"other news", Cue::kRelated},
    Phrase{"voir aussi", Cue::kRelated},
    Phrase{"\u00E0 lire aussi", Cue::kRelated},
    Phrase{"pour en savoir plus", Cue::kRelated},
    Phrase{"v\u00E9ase tambi\u00E9n", Cue::kRelated},
    Phrase{"m\u00E1s informaci\u00F3n", Cue::kRelated},
    Phrase{"siehe auch", Cue::kRelated},
    Phrase{"weitere informationen", Cue::kRelated},
    Phrase{"\u0441\u043C. \u0442\u0430\u043A\u0436\u0435", Cue::kRelated},
    Phrase{"\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043A\u0436\u0435", Cue::kRelated},
    Phrase{"\u76F8\u5173\u9605\u8BFB", Cue::kRelated},
    Phrase{"\u76F8\u5173\u94FE\u63A5", Cue::kRelated},
    Phrase{"\u76F8\u5173\u65B0\u95FB", Cue::kRelated},
    Phrase{"\u0627\u0642\u0631\u0623 \u0623\u064A\u0636\u0627", Cue::kRelated},

    Phrase{"embargo", Cue::kEmbargo},
    Phrase{"under embargo", Cue::kEmbargo},
    Phrase{"strictly embargoed", Cue::kEmbargo},
    Phrase{"not for release before", Cue::kEmbargo},
    Phrase{"not for publication before", Cue::kEmbargo},
    Phrase{"for immediate release", Cue::kEmbargo},
    Phrase{"for release ", Cue::kEmbargo},
    Phrase{"immediate release", Cue::kEmbargo},
    Phrase{"sous embargo", Cue::kEmbargo},
    Phrase{"pour diffusion imm\u00E9diate", Cue::kEmbargo},
    Phrase{"sperrfrist", Cue::kEmbargo},
    Phrase{"prohibida su difusi\u00F3n", Cue::kEmbargo},
    Phrase{"para publicaci\u00F3n inmediata", Cue::kEmbargo},
    Phrase{"\u044D\u043C\u0431\u0430\u0440\u0433\u043E", Cue::kEmbargo},
};

// Which two bytes begin an opening; most lines are told by these.
constexpr std::size_t PairOf(std::string_view key) {
  return static_cast<std::size_t>(static_cast<unsigned char>(key[0]) % 64 * 64 +
                                  static_cast<unsigned char>(key[1]) % 64);
}
constexpr std::array<bool, 4096> kBeginsOpening = [] {
  std::array<bool, 4096> begins{};
  for (const Phrase& phrase : kOpenings) begins[PairOf(phrase.words)] = true;
  return begins;
}();

// Sentences that say whom to contact.
constexpr std::array<std::string_view, 20> kContactSentences = {
    "for further information please contact",
    "for further information, please contact",
    "for more information please contact",
    "for more information, please contact",
    "for further information contact",
    "for more information contact",
    "for further information, contact",
    "for more information, contact",
    "for additional information",
    "please contact",
    "for interviews",
    "pour plus d'informations",
    "pour plus d'information",
    "pour de plus amples informations",
    "para m\u00E1s informaci\u00F3n",
    "para obtener m\u00E1s informaci\u00F3n",
    "f\u00FCr weitere informationen",
    "\u0437\u0430 \u0434\u043E\u043F\u043E\u043B\u043D\u0438\u0442\u0435\u043B\u044C\u043D\u043E\u0439 "
    "\u0438\u043D\u0444\u043E\u0440\u043C\u0430\u0446\u0438\u0435\u0439",
    "\u5982\u9700\u66F4\u591A\u4FE1\u606F",
    "\u0644\u0645\u0632\u064A\u062F \u0645\u0646 \u0627\u0644\u0645\u0639\u0644\u0648\u0645\u0627\u062A"};

// Lines that are nothing but an end mark, once spaces and dashes around the word are gone.
constexpr WordIndex kEndWords(std::to_array<std::string_view>(
    {"ends", "end", "30", "the end", "fin", "ende", "\u043A\u043E\u043D\u0435\u0446", "\u5B8C", "\uFF08\u5B8C\uFF09",
     "(\u5B8C)", "\u0627\u0646\u062A\u0647\u0649", "ends.", "fim", "fine"}));

bool IsEndMark(std::string_view key) {
  if (key.size() > 40 || key.empty()) return false;
  // "###", "* * *", "# # #", also with a word of the site set behind it: "### Return".
  std::size_t signs = 0;
  std::size_t at = 0;
  for (; at < key.size() && (key[at] == '#' || key[at] == '*' || key[at] == ' ' || key[at] == '~' || key[at] == '_');
       ++at) {
    if (key[at] != ' ') ++signs;
  }
  if (signs >= 3 && (at == key.size() || key[0] == '#')) return true;
  std::string_view word = key;
  const auto frame = [](char c) {
    return c == '-' || c == ' ' || c == '*' || c == '#' || c == '/' || c == '[' || c == ']';
  };
  while (!word.empty() && frame(word.front())) word.remove_prefix(1);
  while (!word.empty() && frame(word.back())) word.remove_suffix(1);
  const bool framed = word.size() != key.size();
  // A bare number or common word needs the frame.
  if ((word == "30" || word == "end" || word == "fine" || word == "the end" || word == "fim") && !framed) return false;
  return kEndWords.contains(word);
}

// "press release no. 31/25": what kind of document follows, and its number.
bool IsNumberedMasthead(std::string_view key) {
  const std::size_t space = key.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view number = key.substr(space + 1);
  if (std::none_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  std::string_view label = key.substr(0, space);
  // Folding keeps the degree sign and may write the numero sign as "no".
  constexpr std::array<std::string_view, 12> kNumberWords = {
      " no.", " no", " nr.", " nr", " n\u00B0", " n\u00BA", " n.", " num.", " n\u00FAm.", " number", " #", " \u2116"};
  for (const std::string_view word : kNumberWords) {
    if (!label.ends_with(word)) continue;
    label.remove_suffix(word.size());
    break;
  }
  while (!label.empty() && (label.back() == ':' || label.back() == ' ' || label.back() == '-')) label.remove_suffix(1);
  return kMastheadLabels.contains(label);
}

}  // namespace

Cue CueOfLine(std::string_view key, std::size_t words) {
  if (key.size() > kMaxLabelKey) return Cue::kNone;
  if (IsEndMark(key)) return Cue::kEnd;
  if (kChromeLabels.contains(key)) return Cue::kChrome;
  if (kMastheadLabels.contains(key) || IsNumberedMasthead(key)) return Cue::kMasthead;
  // Labels that are the whole line, perhaps with a colon.
  std::string_view bare = key;
  while (!bare.empty() && (bare.back() == ':' || bare.back() == ' ')) bare.remove_suffix(1);
  if (bare == "contact" || bare == "contacts" || bare == "press" || bare == "media" || bare == "for more information" ||
      bare == "for further information") {
    return bare == "press" || bare == "media" ? Cue::kMasthead : Cue::kContact;
  }
  if (bare == "notes" || bare == "note" || bare == "remarques" || bare == "notas" || bare == "anmerkungen")
    return Cue::kNotes;
  if (bare == "links" || bare == "resources" || bare == "read more") return Cue::kRelated;
  if (key.ends_with(" enquiries") || key.ends_with(" inquiries") || key.ends_with(" press office"))
    return Cue::kContact;
  if (key.size() < 2 || !kBeginsOpening[PairOf(key)]) return Cue::kNone;
  const bool sentence = key.ends_with('.') || key.ends_with("\u3002");
  for (const Phrase& phrase : kOpenings) {
    if (!key.starts_with(phrase.words)) continue;
    switch (phrase.cue) {
      case Cue::kAbout:
        if (words <= 8 && !sentence && !key.ends_with('?')) return Cue::kAbout;
        break;
      case Cue::kRelated:
      case Cue::kNotes:
        if (words <= 6 && !sentence) return phrase.cue;
        break;
      case Cue::kChrome:
        if (words <= 10) return Cue::kChrome;
        break;
      default:
        return phrase.cue;
    }
  }
  return Cue::kNone;
}

bool SaysWhomToContact(std::string_view key) {
  const std::string_view head = key.substr(0, 400);
  return std::any_of(kContactSentences.begin(), kContactSentences.end(),
                     [&](std::string_view phrase) { return head.find(phrase) != std::string_view::npos; });
}

}  // namespace dateline::extraction
