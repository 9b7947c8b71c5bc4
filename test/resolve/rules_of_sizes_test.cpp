#include <fmt/format.h>

#include "config/tables.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::problems_of;

namespace {

std::string with_losses(const std::string& losses, int lq_size,
                        std::vector<std::string> more = {}) {
  more.push_back("train.losses=" + losses);
  more.push_back(fmt::format("datasets.train.lq_size={}", lq_size));
  return problems_of(kSmallest, more);
}

/// Options and lists of numbers, with the section that --set finds them in.
std::vector<std::pair<std::string, bool>> numeric_options() {
  std::vector<std::pair<std::string, bool>> options;
  for (const sr::settings::SectionText& section : sr::settings::all_sections()) {
    std::string path = section.path;
    if (path == "train.losses" || path == "datasets.train.size_schedule") {
      path += ".0";
    } else if (path == "val.metrics") {
      path += ".psnr";
    }
    for (const sr::settings::FieldText* field : section.fields) {
      const bool list = field->type.find("list of") == 0 || field->type.starts_with("[low");
      if (list || field->type.find("integer") != std::string::npos ||
          field->type.find("number") != std::string::npos) {
        options.emplace_back((path.empty() ? "" : path + ".") + field->key, list);
      }
    }
  }
  return options;
}

}  // namespace

TEST_CASE("the samples of a step are a number to count with", "[resolve]") {
  CHECK(problems_of(kSmallest,
                    {"datasets.train.accum_iter=16", "datasets.train.batch_size_per_gpu=65536"})
            .empty());
  CHECK(
      problems_of(kSmallest,
                  {"datasets.train.accum_iter=65536", "datasets.train.batch_size_per_gpu=65536"}) ==
      "--set: datasets.train.accum_iter: accum_iter 65536 x batch size 65536 is more than 1048576 "
      "samples per step");
  CHECK(problems_of(kSmallest,
                    {"datasets.train.accum_iter=65536",
                     "datasets.train.size_schedule=[{step: 0, lq_size: 32, batch_size: 17}]"})
            .find("size_schedule.0.batch_size: accum_iter 65536 x batch size 17") !=
        std::string::npos);
  CHECK(problems_of(kSmallest, {"datasets.train.accum_iter=60000",
                                "training_automations.DynamicBatchSizeOptimizer={max_batch_size: "
                                "18}"})
            .find("max_batch_size: accum_iter 60000 x batch size 18") != std::string::npos);
}

TEST_CASE("crops are large enough for every loss", "[resolve]") {
  CHECK(with_losses("[{type: ldlloss}]", 2).empty());
  CHECK(
      with_losses("[{type: l1loss}, {type: ldlloss}]", 1) ==
      "--set: train.losses.1.type: ldlloss needs GT crops of at least 4 pixels a side; lq_size 1 x "
      "scale 2 is 2");
  CHECK(with_losses("[{type: ffloss, patch_factor: 64}]", 32).empty());
  CHECK(with_losses("[{type: ffloss, patch_factor: 64}]", 31).find("at least 64 pixels") !=
        std::string::npos);
  CHECK(with_losses("[{type: perceptualloss}]", 8).empty());  // conv5_4 lies behind four pools
  CHECK(with_losses("[{type: perceptualloss}]", 7).find("at least 16 pixels") != std::string::npos);
  const std::string pool = "[{type: perceptualloss, layer_weights: {pool5: 1}}]";
  CHECK(with_losses(pool, 16).empty());
  CHECK(with_losses(pool, 15).find("at least 32 pixels") != std::string::npos);
  CHECK(with_losses("[{type: perceptualloss, layer_weights: {conv1_2: 1}}]", 1).empty());
  CHECK(with_losses("[{type: gradientvarianceloss}, {type: weightedtvloss}, {type: mssimloss}]", 1)
            .empty());
  CHECK(with_losses("[{type: ldlloss}]", 32,
                    {"datasets.train.size_schedule=[{step: 0, lq_size: 1, batch_size: 1}]"})
            .find("datasets.train.size_schedule.0.lq_size 1 x scale 2 is 2") != std::string::npos);
  CHECK(with_losses("[{type: ldlloss}]", 32,
                    {"training_automations.DynamicBatchSizeOptimizer={min_lq_size: 1}"})
            .find("min_lq_size 1 x scale 2 is 2") != std::string::npos);
}

TEST_CASE("numbers beyond what can be counted with are refused everywhere", "[resolve]") {
  CHECK(problems_of(kSmallest, {"train.grad_clip_max_norm=1e308"}) ==
        "--set: train.grad_clip_max_norm: expected number > 0 of at most 1e+30, got '1e308'");
  CHECK(problems_of(kSmallest, {"train.total_iter=9223372036854775807"}) ==
        "--set: train.total_iter: expected integer >= 1 of at most 1000000000000, got "
        "'9223372036854775807'");
  CHECK(problems_of(kSmallest, {"train.scheduler={type: CosineAnnealingRestartLR, periods: "
                                "[1e31, 1e31]}"})
            .starts_with("--set: train.scheduler.periods: expected list of numbers"));
  CHECK(problems_of(kSmallest, {"training_automations.AdaptiveGradientClipping={max_threshold: "
                                "1e308}"})
            .find("max_threshold: expected number > 0 of at most 1e+30") != std::string::npos);
  CHECK(sr::test::load_text(kSmallest, {"manual_seed=9223372036854775807"}).config.manual_seed ==
        9223372036854775807U);
}

TEST_CASE("numbers at the ends of their types are read or refused in every option", "[resolve]") {
  const auto options = numeric_options();
  CHECK(options.size() > 100);
  std::size_t read = 0, refused = 0;
  for (const auto& [key, list] : options) {
    for (const char* value : {"0",
                              "1",
                              "-1",
                              "2",
                              "0.5",
                              "2147483647",
                              "2147483648",
                              "4294967296",
                              "9007199254740993",
                              "9223372036854775807",
                              "-9223372036854775808",
                              "18446744073709551616",
                              "1e12",
                              "1e13",
                              "1e30",
                              "1e31",
                              "1e308",
                              "1e309",
                              "-1e308",
                              "4.9e-324",
                              ".nan",
                              ".inf",
                              "-.inf",
                              "0x7fffffff",
                              "1_000",
                              "''",
                              "[]",
                              "{}",
                              "~"}) {
      INFO(key << " = " << value);
      const std::string lists = fmt::format("[{0}, {0}]", value);
      const std::string problems =
          problems_of(kSmallest, {key + "=" + (list ? lists : value)});  // no other exception
      (problems.empty() ? read : refused) += 1;
    }
  }
  CHECK(read > options.size());
  CHECK(refused > 10 * options.size());
}
