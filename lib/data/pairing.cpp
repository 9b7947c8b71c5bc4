#include "data/pairing.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/lines.h"
#include "core/parallel.h"
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
    list_roots();
    for (const NameIndex& index : gt_) {
      taken_.emplace_back(index.files().size());
    }
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
  struct Taken {
    bool is_taken = false;
    std::optional<std::size_t> lq;  ///< position in its root; none without LQ
  };

  /// Several at once: the names of one root are the work of one thread.
  void list_roots() {
    const std::size_t roots = config_.dataroot_gt.size();
    const std::size_t sides = with_lq_ ? 2 : 1;
    std::vector<FileList> lists(roots * sides);  // GT and LQ of the first root, of the second ...
    for_each_index(lists.size(), useful_threads(), [&](std::size_t i) {
      lists[i] = list_images(
          i % sides == 0 ? config_.dataroot_gt[i / sides] : config_.dataroot_lq[i / sides], cache_);
    });
    for (std::size_t root = 0; root < roots; ++root) {
      gt_.push_back(indexed(config_.dataroot_gt[root], "dataroot_gt", lists[root * sides]));
      if (with_lq_) {
        lq_.push_back(indexed(config_.dataroot_lq[root], "dataroot_lq", lists[root * sides + 1]));
      }
    }
  }

  NameIndex indexed(const std::string& root, const char* key, FileList& list) {
    for (const std::string& problem : list.problems) {
      result_.problems.push_back(fmt::format("{}: {}", key, problem));
    }
    if (list.left_out.count() > 0) {
      result_.warnings.push_back(fmt::format("{}: {}", root, list.left_out.text()));
    }
    return {root, std::move(list.files)};
  }

  /// Every image of a root must have its partner in the root at the same position.
  void match_root(std::size_t root) {
    if (!with_lq_) {
      taken_[root].assign(taken_[root].size(), Taken{true, {}});
      return;
    }
    std::vector<std::string> without_lq;
    const std::vector<ImageFile>& gt_files = gt_[root].files();
    const std::vector<ImageFile>& lq_files = lq_[root].files();
    if (gt_files.empty() || lq_files.empty()) {
      return;  // a problem of that folder, which is told; the other's images would hide it
    }
    std::vector<bool> is_partner(lq_files.size());
    std::size_t next = 0;  // both are sorted: mostly the partner
    for (std::size_t i = 0; i < gt_files.size(); ++i) {
      const std::string& stem = gt_files[i].stem;
      const auto lq = lq_[root].position(lq_stem(stem, config_.filename_tmpl), next);
      if (!lq) {
        without_lq.push_back(stem);
        continue;
      }
      is_partner[*lq] = true;
      taken_[root][i] = {true, lq};
      next = *lq + 1;
    }
    std::vector<std::string> without_gt;
    for (std::size_t i = 0; i < lq_files.size(); ++i) {
      if (!is_partner[i]) {
        without_gt.push_back(lq_files[i].stem);
      }
    }
    report_unpaired(without_lq, config_.dataroot_gt[root], config_.dataroot_lq[root]);
    report_unpaired(without_gt, config_.dataroot_lq[root], config_.dataroot_gt[root]);
    const std::string hint = pairing_hint(without_lq, without_gt, config_.filename_tmpl);
    if (!hint.empty()) {
      result_.problems.back() += "; " + hint;
    }
  }

  void report_unpaired(const std::vector<std::string>& stems, const std::string& here,
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
    while (root < gt_.size() && !gt_[root].find(gt_name)) {
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
    const std::size_t gt = gt_[root].find(entry.gt).value();
    const std::string& stem = gt_[root].files()[gt].stem;
    std::optional<std::size_t> lq;
    if (with_lq_) {
      const std::string name = entry.lq.empty() ? lq_stem(stem, config_.filename_tmpl) : entry.lq;
      lq = lq_[root].find(name);
      if (!lq) {
        return fmt::format("no LQ image '{}' in {}{}", shortened(name, kLongestName),
                           config_.dataroot_lq[root], with_hint ? lq_[root].hint(name) : "");
      }
    }
    if (taken_[root][gt].is_taken) {
      return fmt::format("'{}' is named twice", shortened(entry.gt, kLongestName));
    }
    taken_[root][gt] = {true, lq};
    return "";
  }

  /// The order depends on the files alone, not on how meta_info happens to be sorted.
  void collect_pairs() {
    std::size_t count = 0;
    for (const std::vector<Taken>& taken : taken_) {
      count += static_cast<std::size_t>(
          std::count_if(taken.begin(), taken.end(), [](const Taken& one) { return one.is_taken; }));
    }
    result_.pairs.reserve(count);
    for (std::size_t root = 0; root < taken_.size(); ++root) {
      const std::string prefix = taken_.size() == 1 ? "" : fmt::format("{}/", root + 1);
      for (std::size_t i = 0; i < taken_[root].size(); ++i) {
        if (const Taken& taken = taken_[root][i]; taken.is_taken) {
          ImagePair pair;
          pair.stem = prefix + gt_[root].files()[i].stem;
          pair.gt = gt_[root].files()[i].path;
          pair.lq = taken.lq ? lq_[root].files()[*taken.lq].path : FilePath();
          pair.root = root;
          result_.pairs.push_back(std::move(pair));
        }
      }
    }
  }

  const DatasetConfig& config_;
  bool with_lq_;
  const ProbeCache* cache_;
  std::vector<NameIndex> gt_, lq_;  ///< by root
  /// By root, for each GT file: whether it is a pair of the set, and its LQ file.
  std::vector<std::vector<Taken>> taken_;
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
