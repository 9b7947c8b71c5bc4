#include "prepare/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/lines.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// The first few of many, "a, b, c and 7 more".
constexpr std::size_t kShown = 3;  ///< names in a message

class Planner {
 public:
  Planner(const PrepareSettings& settings, const FolderContents& contents)
      : settings_(settings), layout_(settings.recipe), contents_(contents) {}

  Plan plan(const std::vector<Source>& found, const std::optional<Manifest>& earlier) {
    require_no_links();
    for (const Source& source : found) {
      add(source);
    }
    if (settings_.overwrite) {
      clear(earlier);
    } else {
      if (earlier) {
        require_same_recipe(*earlier);
        join(*earlier);
      }
      require_nothing_foreign(earlier);
    }
    plan_.remove.insert(plan_.remove.end(), contents_.unfinished.begin(),
                        contents_.unfinished.end());
    return std::move(plan_);
  }

 private:
  fs::path input(const Source& source) const { return settings_.input / source.path; }

  void require_no_links() const {
    std::vector<std::string> names;
    for (const std::string& link : contents_.links) {
      names.push_back((settings_.output / link).string());
    }
    if (!names.empty()) {
      throw ConfigError(fmt::format(
          "{}: holds links to folders, and what lies behind them is not looked at: {}; choose "
          "another --output, or move them away (--output itself may be a link)",
          settings_.output.string(), shortened_list(names, kShown)));
    }
  }

  void add(const Source& source) {
    std::string problem = unusable(source);
    if (problem.empty()) {
      problem = taken(source);
    }
    if (!problem.empty()) {
      plan_.problems.push_back(fmt::format("{}: {}", input(source).string(), problem));
      return;
    }
    claim(source);
    plan_.sources.push_back(source);
  }

  std::string unusable(const Source& source) const {
    const cv::Size used = layout_.used_size(source);
    const bool whole = used == cv::Size(source.width, source.height);
    const std::string sides = fmt::format("{} x {} pixels", source.width, source.height);
    if (used.empty()) {
      return fmt::format("{} are too few for scale {}", sides, settings_.recipe.scales.back());
    }
    if (settings_.recipe.lr_only && !whole) {
      return fmt::format(
          "{} are no multiples of {}, so no LR fits it as it is; without --lr-only a cropped GT is "
          "written",
          sides, alignment(settings_.recipe.scales));
    }
    return {};
  }

  /// Why a name that this source needs is not free.
  std::string taken(const Source& source) const {
    std::string problem;
    layout_.for_each_part(source, [&](const Part& part) {
      const auto owner = owners_.find(part.name);
      if (owner != owners_.end() && problem.empty()) {
        problem = fmt::format("would be written to {}, as {} is; rename one of the two", part.name,
                              owner->second);
      }
    });
    return problem;
  }

  void claim(const Source& source) {
    layout_.for_each_part(source,
                          [&](const Part& part) { owners_.emplace(part.name, source.path); });
  }

  void require_same_recipe(const Manifest& earlier) const {
    if (earlier.recipe != settings_.recipe) {
      throw ConfigError(fmt::format(
          "{}: was made with other settings ({}), not with {}; choose another --output, or remake "
          "it with --overwrite",
          settings_.output.string(), to_text(earlier.recipe), to_text(settings_.recipe)));
    }
  }

  /// The earlier run's sources whose files are there: each is as it was, or gone, or an error.
  void join(const Manifest& earlier) {
    std::unordered_map<std::string, const Source*> now;
    for (const Source& source : plan_.sources) {
      now.emplace(source.path, &source);
    }
    std::vector<std::string> changed;
    for (const Source& source : earlier.sources) {
      const auto found = now.find(source.path);
      if ((found != now.end() && *found->second == source) || !any_made(source)) {
        continue;
      }
      if (found != now.end() || !taken(source).empty()) {
        changed.push_back(input(source).string());
      } else {
        claim(source);
        plan_.gone.push_back(source);
      }
    }
    if (!changed.empty()) {
      throw ConfigError(fmt::format(
          "{}: holds what was made of an earlier state of {}; choose another --output, or remake "
          "it with --overwrite",
          settings_.output.string(), shortened_list(changed, kShown)));
    }
    if (!plan_.gone.empty()) {
      plan_.warnings.push_back(fmt::format(
          "{} of the files that {} was made of are not in {} any more; what was made of them stays",
          plan_.gone.size(), settings_.output.string(), settings_.input.string()));
    }
  }

  bool any_made(const Source& source) const {
    bool any = false;
    layout_.for_each_part(source, [&](const Part& part) {
      for (const SetFolder& folder : layout_.folders()) {
        any = any || contents_.files.contains(folder.name + "/" + part.name);
      }
    });
    return any;
  }

  /// True for the name of a file that this plan makes.
  bool planned(const std::string& file) const {
    return std::any_of(
        layout_.folders().begin(), layout_.folders().end(), [&](const SetFolder& folder) {
          const std::string begin = folder.name + "/";
          return file.starts_with(begin) && owners_.contains(file.substr(begin.size()));
        });
  }

  /// Only names that the manifest implies are known: a file where a new source will write is as
  /// foreign as any.
  void require_nothing_foreign(const std::optional<Manifest>& earlier) const {
    const std::unordered_set<std::string> made = made_by(earlier);
    std::vector<std::string> names;
    for (const std::string& file : contents_.files) {
      if (!made.contains(file)) {
        names.push_back((settings_.output / file).string());
      }
    }
    std::sort(names.begin(), names.end());
    if (!names.empty()) {
      throw ConfigError(fmt::format(
          "{}: holds files that are not of this set: {}; choose another --output, move them away, "
          "or give --overwrite to replace those that are in the way and leave the others",
          settings_.output.string(), shortened_list(names, kShown)));
    }
  }

  /// Everything that an earlier run made, and whatever stands where this one will write.
  void clear(const std::optional<Manifest>& earlier) {
    const std::unordered_set<std::string> made = made_by(earlier);
    std::vector<std::string> others;
    for (const std::string& file : contents_.files) {
      if (planned(file) || made.contains(file)) {
        plan_.remove.push_back(file);
      } else {
        others.push_back((settings_.output / file).string());
      }
    }
    std::sort(plan_.remove.begin(), plan_.remove.end());
    std::sort(others.begin(), others.end());
    if (!others.empty()) {
      plan_.warnings.push_back(
          fmt::format("{}: holds files that are not of this set; they stay: {}",
                      settings_.output.string(), shortened_list(others, kShown)));
    }
  }

  /// Every file that a manifest implies.
  static std::unordered_set<std::string> made_by(const std::optional<Manifest>& manifest) {
    std::unordered_set<std::string> files;
    if (!manifest) {
      return files;
    }
    const Layout layout(manifest->recipe);
    for (const Source& source : manifest->sources) {
      layout.for_each_part(source, [&](const Part& part) {
        for (const SetFolder& folder : layout.folders()) {
          files.insert(folder.name + "/" + part.name);
        }
      });
    }
    return files;
  }

  const PrepareSettings& settings_;
  Layout layout_;
  const FolderContents& contents_;
  std::unordered_map<std::string, std::string> owners_;  ///< part name -> path of its source
  Plan plan_;
};

}  // namespace

FolderContents list_folder(const fs::path& folder) {
  FolderContents contents;
  std::error_code error;
  std::error_code ignored;  // of a link that leads nowhere, or round in a circle: it is no folder
  if (!fs::exists(folder, error)) {
    return contents;
  }
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::string relative = entry->path().lexically_relative(folder).generic_string();
    if (name.starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (is_temporary_name(entry->path())) {
      contents.unfinished.insert(relative);
    } else if (entry->is_directory(ignored)) {
      if (entry->is_symlink(ignored)) {
        contents.links.insert(relative);
      }
    } else if (relative != kManifestName) {
      contents.files.insert(relative);
    }
  }
  if (error) {
    throw StorageError(fmt::format("cannot list {}: {}", folder.string(), error.message()));
  }
  return contents;
}

Plan make_plan(const PrepareSettings& settings, const FolderContents& contents,
               const std::vector<Source>& found, const std::optional<Manifest>& earlier) {
  return Planner(settings, contents).plan(found, earlier);
}

}  // namespace sr
