#include "checkpoint/best_record.h"

#include "checkpoint/pth_reader.h"
#include "checkpoint/pth_writer.h"
#include "checkpoint/samples.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using sr::BestRecord;
using sr::ExperimentLayout;
using sr::WeightsFormat;
using sr::test::make_tensor;
using sr::test::TempFolder;

namespace {

void write_best(const ExperimentLayout& layout, WeightsFormat format,
                const sr::Metadata& metadata) {
  const std::vector<sr::StoredTensor> tensors{make_tensor("w", sr::DType::kFloat32, {2, 3}, 1)};
  if (format == WeightsFormat::kPth) {
    const std::vector<sr::PthGroup> groups{{"params", tensors}};
    sr::write_pth(layout.best_path(format), groups, metadata);
  } else {
    sr::write_safetensors(layout.best_path(format), tensors, metadata);
  }
}

}  // namespace

TEST_CASE("the best weights say how good they are, in either format", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  const auto format = GENERATE(WeightsFormat::kSafetensors, WeightsFormat::kPth);
  const BestRecord record{"val/psnr: calculate_psnr", 1.0 / 3.0, 12'000};
  write_best(layout, format, sr::to_metadata(record));
  const auto found = sr::find_best(layout, format);
  REQUIRE(found);
  CHECK(found->path == layout.best_path(format));
  CHECK(found->record == record);
  if (format == WeightsFormat::kPth) {
    CHECK(sr::read_pth(found->path).groups.at("params").size() == 1);
  }
}

TEST_CASE("best weights without a record, or none, are told apart", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  const auto format = GENERATE(WeightsFormat::kSafetensors, WeightsFormat::kPth);
  CHECK_FALSE(sr::find_best(layout, format));
  write_best(layout, format, {});
  REQUIRE(sr::find_best(layout, format));
  CHECK_FALSE(sr::find_best(layout, format)->record);
  for (const sr::Metadata& metadata :
       {sr::Metadata{{"step", "5"}},
        sr::Metadata{{"best_rule", "r"}, {"best_score", "nan"}, {"step", "5"}},
        sr::Metadata{{"best_rule", "r"}, {"best_score", "1x"}, {"step", "5"}},
        sr::Metadata{{"best_rule", "r"}, {"best_score", "1"}, {"step", "1e3"}}}) {
    write_best(layout, format, metadata);
    CHECK_FALSE(sr::find_best(layout, format)->record);
  }
  folder.write("models/" + layout.best_path(format).filename().string(), "damaged");
  CHECK_FALSE(sr::find_best(layout, format)->record);
}

TEST_CASE("best weights of a run that changed its format are still found", "[checkpoint]") {
  const TempFolder folder;
  const ExperimentLayout layout(folder.path());
  write_best(layout, WeightsFormat::kPth, sr::to_metadata({"r", 1, 1}));
  CHECK(sr::find_best(layout, WeightsFormat::kSafetensors)->record->score == 1);
  write_best(layout, WeightsFormat::kSafetensors, sr::to_metadata({"r", 2, 2}));
  CHECK(sr::find_best(layout, WeightsFormat::kSafetensors)->record->score == 2);
}
