#include "server/http/action_words.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace payments {
namespace {

// Of an Accept-Language header; what is beyond is not read.
constexpr int kLanguageWishesMax = 16;

constexpr ActionWords kEnglish = {
    "en",
    {"Confirm your payment",
     "Your bank wants to make sure that it is you who pays. You are being taken to its page; if "
     "not, press the button."},
    "Continue to your bank",
    {"Your payment is being checked", "Do not pay again: the shop will learn what became of it."},
    {"There is nothing to do here",
     "This payment has ended, or its time ran out. The shop knows what became of it."},
    {"We could not reach the bank just now",
     "Your payment is not lost. Do not close this page and do not pay again: wait a moment, then "
     "press the button."},
    {"This page cannot be shown just now",
     "Your payment is not lost. Wait a moment and try again."},
    {"There is nothing to do here",
     "No payment was found at this address. If you were paying, go back to the shop: it will learn "
     "what became of your payment."},
    "Try again",
    "Back to the shop"};

constexpr ActionWords kRussian = {
    "ru",
    {"Подтвердите платёж",
     "Ваш банк хочет убедиться, что платите именно вы. Сейчас откроется его страница; если нет, "
     "нажмите кнопку."},
    "Перейти на сайт банка",
    {"Платёж проверяется", "Не платите ещё раз: магазин узнает, чем завершился этот платёж."},
    {"Здесь больше нечего делать",
     "Этот платёж завершён или время на него истекло. Магазин знает, чем он закончился."},
    {"Сейчас не удалось связаться с банком",
     "Ваш платёж не потерян. Не закрывайте эту страницу и не платите ещё раз: немного подождите и "
     "нажмите кнопку."},
    {"Сейчас не удаётся показать эту страницу",
     "Ваш платёж не потерян. Немного подождите и попробуйте снова."},
    {"Здесь нечего делать",
     "По этому адресу платёж не найден. Если вы платили, вернитесь в магазин: он узнает, чем "
     "завершился ваш платёж."},
    "Попробовать снова",
    "Вернуться в магазин"};

constexpr ActionWords kKazakh = {
    "kk",
    {"Төлемді растаңыз",
     "Банкіңіз төлем жасап отырған сіз екеніңізге көз жеткізгісі келеді. Қазір оның беті ашылады; "
     "ашылмаса, түймені басыңыз."},
    "Банк бетіне өту",
    {"Төлеміңіз тексеріліп жатыр", "Қайта төлемеңіз: төлемнің нәтижесі дүкенге белгілі болады."},
    {"Мұнда енді істейтін ештеңе жоқ",
     "Бұл төлем аяқталды немесе оның уақыты өтіп кетті. Нәтижесін дүкен біледі."},
    {"Қазір банкпен байланысу мүмкін болмады",
     "Төлеміңіз жоғалған жоқ. Бұл бетті жаппаңыз және қайта төлемеңіз: сәл күтіп, түймені "
     "басыңыз."},
    {"Бұл бетті қазір көрсету мүмкін емес",
     "Төлеміңіз жоғалған жоқ. Сәл күтіп, әрекетті қайталаңыз."},
    {"Мұнда істейтін ештеңе жоқ",
     "Бұл мекенжайда төлем табылмады. Төлем жасап жатсаңыз, дүкенге оралыңыз: төлемнің нәтижесі "
     "оған белгілі болады."},
    "Қайталап көру",
    "Дүкенге оралу"};

// The first is for browsers that want none of them.
constexpr std::array<const ActionWords*, 3> kLanguages = {&kEnglish, &kRussian, &kKazakh};

const ActionWords* FindWords(absl::string_view language) {
  for (const ActionWords* words : kLanguages) {
    if (absl::EqualsIgnoreCase(words->language, language)) return words;
  }
  return nullptr;
}

// "ru-KZ;q=0.8" is {"ru", 0.8}.
std::pair<absl::string_view, float> ReadWish(absl::string_view wish) {
  const std::vector<absl::string_view> parts = absl::StrSplit(wish, ';');
  const std::vector<absl::string_view> tag =
      absl::StrSplit(absl::StripAsciiWhitespace(parts[0]), absl::MaxSplits('-', 1));
  float weight = 1;
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
    if (absl::ConsumePrefix(&parameter, "q=") && !absl::SimpleAtof(parameter, &weight)) weight = 0;
  }
  return {tag[0], weight};
}

}  // namespace

const ActionWords& ChooseActionWords(absl::string_view own, absl::string_view accept_language) {
  if (const ActionWords* words = FindWords(own); words != nullptr) return *words;
  const ActionWords* best = kLanguages.front();
  float best_weight = 0;
  const std::vector<absl::string_view> wishes =
      absl::StrSplit(accept_language, absl::MaxSplits(',', kLanguageWishesMax));
  for (const absl::string_view wish : wishes) {
    const auto [language, weight] = ReadWish(wish);
    const ActionWords* words = FindWords(language);
    if (words == nullptr || weight <= best_weight) continue;
    best = words;
    best_weight = weight;
  }
  return *best;
}

}  // namespace payments
