#include "server/app/provider_list.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace payments {
namespace {

void AppendSpecs(absl::string_view title, const std::vector<SettingSpec>& specs,
                 std::string* text) {
  absl::StrAppend(text, "  ", title, "\n");
  for (const SettingSpec& spec : specs) {
    absl::StrAppendFormat(text, "    %-16s %-9s %s\n", spec.name,
                          spec.required ? "required" : "optional", spec.description);
  }
}

}  // namespace

std::string DescribeProviders(const std::vector<ProviderPlugin>& plugins) {
  std::string text;
  for (const ProviderPlugin& plugin : plugins) {
    absl::StrAppend(&text, plugin.name, "\n");
    AppendSpecs("settings", plugin.settings, &text);
    AppendSpecs("secrets", plugin.secrets, &text);
    absl::StrAppend(&text, "  presets\n");
    for (const auto& [name, settings] : plugin.presets) {
      absl::StrAppend(&text, "    ", name, "\n");
      for (const auto& [key, value] : settings) {
        absl::StrAppend(&text, "      ", key, " = ", value, "\n");
      }
    }
  }
  return text;
}

}  // namespace payments
