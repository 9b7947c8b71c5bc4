#include "config/configuration_markdown.h"

#include <fmt/format.h>

#include <array>

#include "config/tables.h"
#include "dialect/vocabulary.h"
#include "yaml/write_yaml.h"

namespace sr::test {
namespace {

using namespace settings;

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Generated from the field tables in lib/config; SR_UPDATE_DOCS=1 build/release/test/test_config writes it anew. -->

A run is one YAML file. Everything has a default except what is marked *required*, so this is a whole
configuration:

```yaml
name: my_first_run
scale: 2
datasets:
  train:
    type: pairedimagedataset
    dataroot_gt: photos/hr
    dataroot_lq: photos/lr_x2
network_g: {type: compact}
train: {total_iter: 20000}
```

* The vocabulary is that of traiNNer-redux and BasicSR: their files can be used as they are, or are refused with the
  names of the settings that are not available. [What becomes of their keys](#keys-of-other-trainers) is at the end.
* `--set train.total_iter=200` on the command line beats the file; lists are reached by index:
  `--set train.losses.0.loss_weight=0.5`. Values are checked like those in the file.
* Before anything starts, every problem is listed at once as `file:line: key: what`, with the nearest known key or the
  legal range, and the program ends with exit code 2.
* `~` is the same as leaving a key out. Sizes are in pixels, intervals in committed optimizer steps, memory in bytes
  with KiB, MiB or GiB. Whole numbers may be written `5e3`, names of types in any case. Numbers beyond 1e30 are
  refused, and whole ones (but a seed) beyond 1e12.
* Merge keys work: `<<: *common` takes over what the section does not say itself. A section at the top that such
  aliases repeat, `common: &common {...}`, may have any name.
* The file is a regular one of at most 4 MiB, in UTF-8 (or UTF-16 with its byte order mark), with one document,
  sections up to 64 deep, 1,000 keys in one and 200,000 values in all, those that aliases repeat counted.
* The resolved settings of a run, defaults included, are in `experiments/<name>/config.yml`; that file starts the same
  run again.

`sr-train check --config x.yml` checks a file and its data without training.
)";

/// Text in a table cell: no column ends, and no HTML outside of `code`.
std::string cell(std::string_view text) {
  std::string result;
  bool code = false;
  for (const char c : text) {
    code = c == '`' ? !code : code;
    if (c == '|') {
      result += "\\|";
    } else if (c == '<' && !code) {
      result += "&lt;";
    } else if (c == '>' && !code) {
      result += "&gt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string default_cell(const SectionText& section, const FieldText& field) {
  if (field.required) {
    return "*required*";
  }
  if (!field.default_text.empty()) {
    return cell(field.default_text);
  }
  return fmt::format("`{}`", to_flow(*section.defaults.find(field.key)));
}

std::string effect_cell(const FieldText& field) {
  std::string effect = cell(field.help);
  if (!field.only_with.empty()) {
    effect += fmt::format(" Only with {}.", field.only_with);
  }
  for (const std::string& alias : field.aliases) {
    effect += fmt::format(" Also `{}`.", alias);
  }
  return effect;
}

std::string section_markdown(const SectionText& section) {
  const std::string& title = section.title.empty() ? section.path : section.title;
  std::string out = fmt::format("\n## {}\n\n", title.empty() ? "Top level" : title);
  out += section.note.empty() ? "" : section.note + "\n\n";
  out += "| key | type | range | default | effect |\n|---|---|---|---|---|\n";
  for (const FieldText* field : section.fields) {
    if (field->type != "section") {
      out += fmt::format("| `{}` | {} | {} | {} | {} |\n", field->key, cell(field->type),
                         field->range.empty() ? "" : fmt::format("`{}`", field->range),
                         default_cell(section, *field), effect_cell(*field));
    }
  }
  if (title == "datasets.train") {
    out +=
        "\n## datasets.val\n\nValidation sets: every key that begins with `val` (`val`, `val_1`, "
        "...) is one. They have the first six settings of `datasets.train`; images are taken "
        "whole.\n";
  }
  return out;
}

std::string_view support_text(Support support) {
  static constexpr std::array<std::string_view, 4> kTexts{"works", "no effect", "skipped, warned",
                                                          "not available"};
  return kTexts[static_cast<std::size_t>(support)];
}

/// "a b" as "`a`, `b`".
std::string code_list(std::string_view names) {
  std::string list;
  for (const std::string& name : words(names)) {
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", name);
  }
  return list;
}

std::string foreign_text() {
  std::string out = R"(
## Keys of other trainers

What traiNNer-redux, its fork with dynamic sizes, BasicSR and Real-ESRGAN know beyond the settings above. *works*: read.
*no effect*: accepted and said once. *skipped*: accepted with a warning. *not available*: refused with exit code 2,
unless its value asks for nothing (`false`, `0`, `~`, an empty list, `enabled: false`). Any key in no table is unknown:
exit code 2.

| section | key | here | why, or what to use |
|---|---|---|---|
)";
  for (const ForeignKeys& row : foreign_keys()) {
    out += fmt::format("| {} | {} | {} | {}{} |\n",
                       row.section.empty() ? "top level" : fmt::format("`{}`", row.section),
                       code_list(row.keys), support_text(row.support), cell(row.text),
                       row.inert.empty() ? "" : fmt::format("; `{}` is accepted", row.inert));
  }
  out +=
      "\n## Types\n\nNames after `type:`, in any case.\n\n"
      "| kind | type | here | what it is, or what to use |\n|---|---|---|---|\n";
  for (const TypeNames& row : type_names()) {
    out += fmt::format(
        "| {} | {} | {} | {} |\n", kind_name(row.kind), code_list(row.names),
        support_text(row.support),
        row.alias_of.empty() ? cell(row.text) : fmt::format("another name of `{}`", row.alias_of));
  }
  return out;
}

}  // namespace

std::string configuration_markdown() {
  std::string page(kIntroduction);
  for (const SectionText& section : all_sections()) {
    page += section_markdown(section);
  }
  return page + foreign_text();
}

}  // namespace sr::test
