#include "data/pairing.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/lines.h"
#include "data/file_list.h"
#include "data/meta_info.h"
#include "data/name_index.h"
#include "data/pair_check.h"
#include "data/pairing_hint.h"

namespace sr {
namespace {

constexpr const char* kPlaceholder = "{}";
constexpr std::size_t kMostWrongLines = 20;  // of a meta_info file that are told
constexpr std::size_t kLongestName = 200;    // bytes of a name in a message

/// Matches names and collects what is wrong with them instead of stopping at the first.
class Matcher {
 public:
  Matcher(const DatasetConfig& config, bool with_lq, const ProbeCache* cache)
      : config_(config), with_lq_(with_lq), cache_(cache) {}

  Pairing run() {
    for (std::size_t root = 0; root < config_.dataroot_gt.size(); ++root) {
      gt_.push_back(list_root(config_.dataroot_gt[root], "dataroot_gt"));
      if (with_lq_) {
        lq_.push_back(list_root(config_.dataroot_lq[root], "dataroot_lq"));
      }
    }
    taken_.resize(gt_.size());
    if (config_.meta_info) {
      match_meta_info(*config_.meta_info);
    } else {
      for (std::size_t root = 0; root < gt_.size(); ++root) {
        match_root(root);
      }
    }
    collect_pairs();
    return std::move(result_);
  }

 private:
  NameIndex list_root(const std::string& root, const char* key) {
    FileList list = list_images(root, cache_);
    for (const std::string& problem : list.problems) {
      result_.problems.push_back(fmt::format("{}: {}", key, problem));
    }
    if (list.left_out.count() > 0) {
      result_.warnings.push_back(fmt::format("{}: {}", root, list.left_out.text()));
    }
    NameIndex::Files files;
    for (ImageFile& file : list.files) {
      files.emplace(std::move(file.stem), std::move(file.path));
    }
    return {root, std::move(files)};
  }

  /// Every image of a root must have its partner in the root at the same position.
  void match_root(std::size_t root) {
    if (!with_lq_) {
      for (const auto& [stem, path] : gt_[root].files()) {
        taken_[root][stem];
      }
      return;
    }
    std::vector<std::string> without_lq;
    std::set<std::string> partners;
    const NameIndex::Files& lq_files = lq_[root].files();
    for (const auto& [stem, path] : gt_[root].files()) {
      const auto lq = lq_files.find(lq_stem(stem, config_.filename_tmpl));
      if (lq == lq_files.end()) {
        without_lq.push_back(stem);
      } else {
        partners.insert(lq->first);
        taken_[root][stem] = lq->second;
      }
    }
    std::vector<std::string> without_gt;
    for (const auto& [stem, path] : lq_files) {
      if (!partners.contains(stem)) {
        without_gt.push_back(stem);
      }
    }
    report_lonely(without_lq, config_.dataroot_gt[root], config_.dataroot_lq[root]);
    report_lonely(without_gt, config_.dataroot_lq[root], config_.dataroot_gt[root]);
    const std::string hint = pairing_hint(without_lq, without_gt, config_.filename_tmpl);
    if (!hint.empty()) {
      result_.problems.back() += "; " + hint;
    }
  }

  void report_lonely(const std::vector<std::string>& stems, const std::string& here,
                     const std::string& there) {
    if (stems.empty()) {
      return;
    }
    const std::string rule = config_.filename_tmpl == kPlaceholder
                                 ? ""
                                 : fmt::format(" (filename_tmpl '{}')", config_.filename_tmpl);
    result_.problems.push_back(fmt::format("{}: {} image{} without a partner in {}{}: {}", here,
                                           stems.size(), stems.size() == 1 ? "" : "s", there, rule,
                                           shortened_list(stems)));
  }

  /// The first root that holds a GT image of this name; the number of roots if none does.
  std::size_t root_of(const std::string& gt_name) const {
    std::size_t root = 0;
    while (root < gt_.size() && gt_[root].find(gt_name) == nullptr) {
      ++root;
    }
    return root;
  }

  void match_meta_info(const std::string& file) {
    try {
      const auto is_gt = [&](const std::string& name) { return root_of(name) < gt_.size(); };
      std::size_t wrong = 0;
      for (const MetaEntry& entry : read_meta_info(file, is_gt)) {
        const std::string problem = match_entry(entry, /*with_hint=*/wrong < kMostWrongLines);
        if (!problem.empty() && ++wrong <= kMostWrongLines) {
          result_.problems.push_back(fmt::format("{}:{}: {}", file, entry.line, problem));
        }
      }
      if (wrong > kMostWrongLines) {
        result_.problems.push_back(
            fmt::format("{}: {} more such lines", file, wrong - kMostWrongLines));
      }
    } catch (const DataError& error) {
      result_.problems.push_back(fmt::format("meta_info: {}", error.what()));
    }
  }

  /// Empty, or why the line cannot be followed.
  std::string match_entry(const MetaEntry& entry, bool with_hint) {
    const std::size_t root = root_of(entry.gt);
    if (root == gt_.size()) {
      return fmt::format("no GT image '{}' in {}{}", shortened(entry.gt, kLongestName),
                         fmt::join(config_.dataroot_gt, ", "),
                         with_hint ? gt_.front().hint(entry.gt) : "");
    }
    const std::string& stem = gt_[root].find(entry.gt)->first;
    std::filesystem::path lq_path;
    if (with_lq_) {
      const std::string name = entry.lq.empty() ? lq_stem(stem, config_.filename_tmpl) : entry.lq;
      const auto* const lq = lq_[root].find(name);
      if (lq == nullptr) {
        return fmt::format("no LQ image '{}' in {}{}", shortened(name, kLongestName),
                           config_.dataroot_lq[root], with_hint ? lq_[root].hint(name) : "");
      }
      lq_path = lq->second;
    }
    const bool first_time = taken_[root].emplace(stem, lq_path).second;
    return first_time ? "" : fmt::format("'{}' is named twice", shortened(entry.gt, kLongestName));
  }

  /// The order depends on the files alone, not on how meta_info happens to be sorted.
  void collect_pairs() {
    for (std::size_t root = 0; root < taken_.size(); ++root) {
      const std::string prefix = taken_.size() == 1 ? "" : fmt::format("{}/", root + 1);
      for (const auto& [stem, lq] : taken_[root]) {
        ImagePair pair;
        pair.stem = prefix + stem;
        pair.gt = gt_[root].files().at(stem);
        pair.lq = lq;
        pair.root = root;
        result_.pairs.push_back(std::move(pair));
      }
    }
  }

  const DatasetConfig& config_;
  bool with_lq_;
  const ProbeCache* cache_;
  std::vector<NameIndex> gt_, lq_;  ///< by root
  /// By root: GT stem -> LQ file (empty path: none).
  std::vector<NameIndex::Files> taken_;
  Pairing result_;
};

}  // namespace

std::string lq_stem(const std::string& gt_stem, const std::string& filename_template) {
  const std::size_t slash = gt_stem.find_last_of('/');
  const std::size_t base = slash == std::string::npos ? 0 : slash + 1;
  std::string name = filename_template;
  const std::size_t hole = name.find(kPlaceholder);
  if (hole == std::string::npos) {
    throw ConfigError(fmt::format("filename_tmpl: '{}' has no '{{}}' to put the GT name in", name));
  }
  name.replace(hole, 2, gt_stem.substr(base));
  return gt_stem.substr(0, base) + name;
}

Pairing pair_files(const DatasetConfig& config, bool with_lq, const ProbeCache* cache) {
  return Matcher(config, with_lq, cache).run();
}

}  // namespace sr
