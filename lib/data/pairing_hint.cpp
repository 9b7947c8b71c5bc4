#include "data/pairing_hint.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "core/unicode_form.h"
#include "data/name_index.h"
#include "data/pairing.h"

namespace sr {
namespace {

using Stems = std::vector<std::string>;

constexpr std::size_t kMostTemplates = 32;  // tried
constexpr std::size_t kMostCounted = 1000;  // images that a guess is judged by

/// Up to kMostCounted of the names, from the whole list.
Stems sample(const Stems& names) {
  const std::size_t step = (names.size() + kMostCounted - 1) / kMostCounted;
  Stems some;
  for (std::size_t i = 0; i < names.size(); i += step) {
    some.push_back(names[i]);
  }
  return some;
}

/// How many GT images have their LQ image when both names go through `form`.
template <typename Form>
std::size_t count_equal(const Stems& gt, const Stems& lq, const std::string& filename_template,
                        Form form) {
  std::unordered_set<std::string> forms;
  for (const std::string& stem : lq) {
    forms.insert(form(stem));
  }
  return static_cast<std::size_t>(std::count_if(gt.begin(), gt.end(), [&](const std::string& stem) {
    return forms.contains(form(lq_stem(stem, filename_template)));
  }));
}

std::string folder_of(const std::string& stem) {
  return stem.substr(0, stem.size() - last_part(stem).size());
}

/// Templates under which some LQ image would belong to this GT image. `form` as for
/// count_equal().
template <typename Form>
void add_templates(const std::string& gt, const Stems& lq, Form form,
                   std::set<std::string>& templates) {
  const std::string base = last_part(gt);
  for (const std::string& stem : lq) {
    std::string name = last_part(stem);
    const std::size_t at = name.find(base);
    if (at == std::string::npos || folder_of(form(stem)) != folder_of(form(gt))) {
      continue;
    }
    templates.insert(name.replace(at, base.size(), "{}"));
    if (templates.size() >= kMostTemplates) {
      return;
    }
  }
}

/// The template that pairs most of the images, and half of them at least; `form` as for
/// count_equal().
template <typename Form>
std::optional<std::string> best_template(const Stems& gt, const Stems& lq, Form form) {
  std::set<std::string> templates;
  for (const std::string& stem : {gt.front(), gt[gt.size() / 2], gt.back()}) {
    add_templates(stem, lq, form, templates);
  }
  std::size_t best = 0;
  std::optional<std::string> found;
  for (const std::string& candidate : templates) {
    const std::size_t count = count_equal(gt, lq, candidate, form);
    if (count > best && count * 2 >= gt.size()) {
      best = count;
      found = candidate;
    }
  }
  return found;
}

std::string template_hint(const Stems& gt, const Stems& lq) {
  const auto found = best_template(gt, lq, [](const std::string& stem) { return stem; });
  return found ? fmt::format("filename_tmpl: '{}' would pair them", *found) : "";
}

/// Both at once, as in DIV2K: 0801 and X2/0801x2.
std::string folder_and_template_hint(const Stems& gt, const Stems& lq) {
  const auto found = best_template(gt, lq, [](const std::string& stem) { return last_part(stem); });
  return found ? fmt::format(
                     "names pair with filename_tmpl: '{}' and without the folders before "
                     "them, '{}' and '{}': give the folder that the images lie in as well",
                     *found, gt.front(), lq.front())
               : "";
}

/// The LQ images lie in another folder below the root than GT.
std::string folder_hint(const Stems& gt, const Stems& lq, const std::string& filename_template) {
  std::map<std::string, std::string> folders;  // of LQ images, by their last part
  for (const std::string& stem : lq) {
    folders.emplace(last_part(stem), folder_of(stem));
  }
  std::size_t count = 0;
  std::string example;
  for (const std::string& stem : gt) {
    const auto found = folders.find(lq_stem(last_part(stem), filename_template));
    if (found != folders.end() && found->second != folder_of(stem)) {
      example = fmt::format("'{}' and '{}'", stem, found->second + found->first);
      ++count;
    }
  }
  return count * 2 < gt.size() || count == 0
             ? ""
             : fmt::format(
                   "names pair with the folders before them, and {} do not: give the "
                   "folder that the images lie in",
                   example);
}

}  // namespace

std::string pairing_hint(const Stems& all_gt, const Stems& lq,
                         const std::string& filename_template) {
  if (all_gt.empty() || lq.empty()) {
    return {};
  }
  const Stems gt = sample(all_gt);
  const auto most = [&](std::size_t count) { return count * 2 >= gt.size(); };
  if (most(count_equal(gt, lq, filename_template, decomposed))) {
    return "their names look alike and differ in Unicode form (NFC and NFD): rename the files of "
           "one side";
  }
  if (most(count_equal(gt, lq, filename_template, folded))) {
    return "their names differ in capital letters alone: rename the files of one side";
  }
  if (filename_template != "{}" &&
      most(count_equal(gt, lq, "{}", [](const std::string& stem) { return stem; }))) {
    return "filename_tmpl: '{}' would pair them";
  }
  for (const std::string& hint : {template_hint(gt, lq), folder_hint(gt, lq, filename_template)}) {
    if (!hint.empty()) {
      return hint;
    }
  }
  return folder_and_template_hint(gt, lq);
}

}  // namespace sr
