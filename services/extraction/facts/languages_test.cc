// Proves that quotations with their speakers, datelines, dates, figures and contacts are found in the languages that
// have a pack besides English: five made-up texts each, read as a whole. What is listed has to be found; no quotation
// may be found beside those listed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/extract.h"
#include "services/extraction/invariants.h"

namespace dateline::extraction {
namespace {

using Lines = std::vector<std::string>;

const Extractor& TestExtractor() {
  static const auto extractor = Extractor::Create();
  return **extractor;
}

// A line for each fact: L dateline, Q speaker and work, F figure, D date, C name and address or number.
Lines FactsOf(std::string_view text) {
  const auto release = TestExtractor().Extract({.bytes = text, .content_type = "text/plain"});
  if (!release.ok()) return {std::string(release.status().message())};
  EXPECT_EQ(FindBrokenInvariant(*release), "");
  Lines out;
  if (release->has_dateline()) out.push_back("L " + release->dateline().place());
  for (const auto& quote : release->quotes())
    out.push_back("Q " + quote.speaker() + (quote.source_work().empty() ? "" : " @" + quote.source_work()));
  for (const auto& figure : release->figures())
    out.push_back(fmt::format("F {} {} {:.10g} {}", figure.text(), figure.comparator(), figure.value(), figure.unit()));
  for (const auto& date : release->dates())
    out.push_back(fmt::format("D {}-{}-{}", date.value().year(), date.value().month(), date.value().day()));
  for (const auto& contact : release->contacts()) {
    if (!contact.email().empty()) out.push_back("C " + contact.display_name() + " " + contact.email());
    for (const auto& phone : contact.phones()) out.push_back("C " + contact.display_name() + " " + phone.raw());
  }
  return out;
}

Lines QuotesOf(const Lines& lines) {
  Lines quotes;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(quotes),
               [](const std::string& line) { return line.starts_with("Q "); });
  std::sort(quotes.begin(), quotes.end());
  quotes.erase(std::unique(quotes.begin(), quotes.end()), quotes.end());
  return quotes;
}

void Check(std::string_view text, const Lines& expected) {
  const Lines found = FactsOf(text);
  for (const std::string& line : expected) EXPECT_THAT(found, testing::Contains(line)) << text;
  EXPECT_EQ(QuotesOf(found), QuotesOf(expected)) << text;
}

TEST(Languages, French) {
  Check(
      "Paris, le 12 juin 2023 – Le Bureau des Rivières a ouvert un nouveau port. « Ce port servira 4 500 familles de "
      "la vallée », a expliqué Luc Moreau.\n\nContact : Anne Petit, anne.petit@rivieres.example",
      {"L Paris", "Q Luc Moreau", "F 4 500 familles = 4500 familles", "D 2023-6-12",
       "C Anne Petit anne.petit@rivieres.example"});
  Check(
      "Selon Jeanne Roux, « le niveau du fleuve a monté de trois mètres en deux jours ». Environ 12 000 habitants ont "
      "quitté la ville depuis le 3 mai 2022.\n\nContact presse : +33 1 42 68 53 00",
      {"Q Jeanne Roux", "F trois mètres = 3 metres", "F Environ 12 000 habitants ~ 12000 habitants", "D 2022-5-3",
       "C  +33 1 42 68 53 00"});
  Check(
      "« Nous avons perdu la moitié de la récolte », regrette Marc Dupont. « Il faudra dix ans pour la retrouver », "
      "ajoute-t-il. La perte dépasse 1,5 milliard d’euros.",
      {"Q Marc Dupont", "F la moitié = 0.5 ", "F dix ans = 10 years",
       "F dépasse 1,5 milliard d’euros > 1500000000 EUR"});
  Check(
      "La ministre Hélène Girard a souligné : « Les enfants doivent pouvoir traverser le pont sans danger. » Les "
      "travaux commenceront le 1er septembre 2024 et coûteront 350 000 euros.",
      {"Q Hélène Girard", "F 350 000 euros = 350000 EUR", "D 2024-9-1"});
  Check(
      "Dans une lettre au maire, Paul Simon écrit : « Le barrage ne tiendra pas un hiver de plus. » Un quart des "
      "maisons est menacé, soit plus de 800 foyers.",
      {"Q Paul Simon @lettre", "F Un quart = 0.25 ", "F plus de 800 foyers > 800 foyers"});
}

TEST(Languages, Spanish) {
  Check(
      "Lima, 12 de junio de 2023 – La Oficina de Ríos abrió un nuevo puerto. «Este puerto servirá a 4.500 familias del "
      "valle», explicó Luis Moreno.\n\nContacto: Ana Pérez, ana.perez@rios.example",
      {"L Lima", "Q Luis Moreno", "F 4.500 familias = 4500 familias", "D 2023-6-12",
       "C Ana Pérez ana.perez@rios.example"});
  Check(
      "Según Juana Rojas, «el nivel del río subió tres metros en dos días». Unos 12.000 habitantes dejaron la ciudad "
      "desde el 3 de mayo de 2022.\n\nContacto de prensa: +34 91 123 45 67",
      {"Q Juana Rojas", "F tres metros = 3 metres", "F Unos 12.000 habitantes ~ 12000 habitantes", "D 2022-5-3",
       "C  +34 91 123 45 67"});
  Check(
      "«Hemos perdido la mitad de la cosecha», lamentó Marcos Díaz. «Harán falta diez años para recuperarla», añadió. "
      "La pérdida supera los 1.500 millones de euros.",
      {"Q Marcos Díaz", "F la mitad = 0.5 ", "F diez años = 10 years", "F 1.500 millones de euros = 1500000000 EUR"});
  Check(
      "La ministra Elena Gil señaló: «Los niños deben poder cruzar el puente sin peligro». Las obras empezarán el 1 de "
      "septiembre de 2024 y costarán 350.000 euros.",
      {"Q Elena Gil", "F 350.000 euros = 350000 EUR", "D 2024-9-1"});
  Check(
      "En una carta al alcalde, Pablo Simón escribió: «La presa no aguantará otro invierno». Una cuarta parte de las "
      "casas está en peligro, más de 800 hogares.",
      {"Q Pablo Simón @carta", "F más de 800 hogares > 800 hogares"});
}

TEST(Languages, German) {
  Check(
      "Berlin, 12. Juni 2023 – Das Flussamt hat einen neuen Hafen eröffnet. „Dieser Hafen wird 4.500 Familien im Tal "
      "dienen“, erklärte Lukas Moser.\n\nPressekontakt: Anna Peters, anna.peters@fluss.example",
      {"L Berlin", "Q Lukas Moser", "F 4.500 Familien = 4500 familien", "D 2023-6-12",
       "C Anna Peters anna.peters@fluss.example"});
  Check(
      "„Der Fluss ist in zwei Tagen um drei Meter gestiegen“, so Johanna Roth. Rund 12.000 Einwohner haben die Stadt "
      "seit dem 3. Mai 2022 verlassen.\n\nRückfragen: +49 30 1234567",
      {"Q Johanna Roth", "F drei Meter = 3 metres", "F Rund 12.000 Einwohner ~ 12000 einwohner", "D 2022-5-3",
       "C  +49 30 1234567"});
  Check(
      "„Wir haben die Hälfte der Ernte verloren“, sagte Markus Dorn. „Das holen wir erst in zehn Jahren auf“, ergänzte "
      "er. Der Schaden beträgt mehr als 1,5 Milliarden Euro.",
      {"Q Markus Dorn", "F die Hälfte = 0.5 ", "F zehn Jahren = 10 years",
       "F mehr als 1,5 Milliarden Euro > 1500000000 EUR"});
  Check(
      "Ministerin Helene Gerber betonte: „Kinder müssen die Brücke ohne Gefahr überqueren können.“ Die Arbeiten "
      "beginnen am 1. September 2024 und kosten 350.000 Euro.",
      {"Q Helene Gerber", "F 350.000 Euro = 350000 EUR", "D 2024-9-1"});
  Check(
      "In einem Brief an den Bürgermeister schrieb Paul Simon: „Der Damm hält keinen weiteren Winter.“ Ein Viertel der "
      "Häuser ist bedroht, mehr als 800 Haushalte.",
      {"Q Paul Simon @Brief", "F mehr als 800 Haushalte > 800 haushalte"});
}

TEST(Languages, Russian) {
  Check(
      "Москва, 12 июня 2023 г. – Управление рек открыло новый порт. «Этот порт будет служить 4500 семьям долины», — "
      "пояснил Лев Морозов.\n\nКонтакты: Анна Петрова, petrova@reki.example",
      {"L Москва", "Q Лев Морозов", "F 4500 семьям = 4500 семьям", "D 2023-6-12",
       "C Анна Петрова petrova@reki.example"});
  Check(
      "По словам Ольги Ивановой, «уровень реки поднялся на три метра за два дня». Около 12 тысяч жителей покинули "
      "город с 3 мая 2022 года.\n\nТел.: +7 495 123-45-67",
      {"Q Ольги Ивановой", "F три метра = 3 metres", "F Около 12 тысяч жителей ~ 12000 жителей", "D 2022-5-3",
       "C  +7 495 123-45-67"});
  Check(
      "«Мы потеряли половину урожая», — сказал Иван Соколов. «На восстановление уйдёт десять лет», — добавил он. Ущерб "
      "превышает 1,5 млрд рублей.",
      {"Q Иван Соколов", "F половину = 0.5 ", "F десять лет = 10 years",
       "F превышает 1,5 млрд рублей > 1500000000 RUB"});
  Check(
      "Министр Елена Громова подчеркнула: «Дети должны переходить мост без опасности». Работы начнутся 1 сентября 2024 "
      "года и обойдутся в 350 тыс. долларов.",
      {"Q Елена Громова", "F 350 тыс. долларов = 350000 USD", "D 2024-9-1"});
  Check(
      "В письме мэру Павел Симонов написал: «Плотина не выдержит ещё одной зимы». Под угрозой четверть домов, более "
      "800 семей.",
      {"Q Павел Симонов @письме", "F четверть = 0.25 ", "F более 800 семей > 800 семей"});
}

TEST(Languages, Chinese) {
  Check(
      "新华社北京6月12日电 "
      "河务局开放了新港口。局长李明说：“这个港口将为山谷里的四千户家庭服务。”\n\n联系人：张伟，电子邮箱：zhang.wei@"
      "heliu.example",
      {"L 北京", "Q 李明", "F 四千户 = 4000 户", "D 0-6-12", "C 张伟 zhang.wei@heliu.example"});
  Check("据河务局介绍，河水两天上涨了3米。自2022年5月3日以来，约1.2万名居民离开了城市。\n\n电话：+86 10 62551234",
        {"F 3米 = 3 metres", "F 约1.2万名 ~ 12000 people", "D 2022-5-3", "C  +86 10 62551234"});
  Check("“我们失去了一半的收成，”农民代表王强表示。“恢复需要十年时间，”他补充说。损失超过15亿元。",
        {"Q 王强", "F 一半 = 0.5 ", "F 十年 = 10 years", "F 超过15亿元 > 1500000000 CNY"});
  Check("部长陈红强调：“孩子们必须能够安全地过桥。”工程将于2024年9月1日开始，耗资35万欧元。",
        {"Q 陈红", "F 35万欧元 = 350000 EUR", "D 2024-9-1"});
  Check("报告写道：“大坝撑不过下一个冬天。”超过800个家庭受到威胁，占25%。", {"Q  @报告", "F 25% = 25 percent"});
}

TEST(Languages, Arabic) {
  Check(
      "القاهرة – افتتح مكتب الأنهار ميناء جديدا في 12 يونيو 2023. وقالت المديرة ليلى منصور: «سيخدم هذا الميناء 4500 "
      "أسرة في الوادي.»\n\nللتواصل: salma@river.example",
      {"L القاهرة", "Q ليلى منصور", "F 4500 أسرة = 4500 أسرة", "D 2023-6-12", "C  salma@river.example"});
  Check("ارتفع النهر ثلاثة أمتار في يومين. وغادر نحو 12000 شخص المدينة منذ 3 مايو 2022.\n\nهاتف: +20 2 27951234",
        {"F ثلاثة أمتار = 3 metres", "F نحو 12000 شخص ~ 12000 people", "D 2022-5-3", "C  +20 2 27951234"});
  Check("«فقدنا نصف المحصول هذا العام كله»، قال السيد عمر خالد. وتتجاوز الخسائر أكثر من 15 مليون دولار.",
        {"Q عمر خالد", "F نصف = 0.5 ", "F أكثر من 15 مليون دولار > 15000000 USD"});
  Check("أكدت الوزيرة: «يجب أن يعبر الأطفال الجسر دون خطر.» وتبدأ الأعمال في 1 سبتمبر 2024 بتكلفة 350 ألف يورو.",
        {"Q ", "F 350 ألف يورو = 350000 EUR", "D 2024-9-1"});
  Check("جاء في التقرير: «لن يصمد السد شتاء آخر.» ويهدد الخطر أكثر من 800 أسرة، أي 25 في المائة.",
        {"Q  @التقرير", "F أكثر من 800 أسرة > 800 أسرة", "F 25 في المائة = 25 percent"});
}

}  // namespace
}  // namespace dateline::extraction
