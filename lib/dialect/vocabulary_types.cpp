#include <algorithm>
#include <array>
#include <iterator>

#include "arch/catalogue.h"
#include "arch/discriminators.h"
#include "core/lower_case.h"
#include "dialect/vocabulary.h"
#include "recipe/losses.h"
#include "recipe/metrics.h"
#include "recipe/optimizers.h"
#include "recipe/schedules.h"

namespace sr::settings {
namespace {

using enum Support;
using enum TypeKind;

// Nearest by the frames a second and the PSNR of traiNNer-redux's benchmark of networks.
constexpr std::string_view kNearestFast = "nearest: compact, artcnn_r8f48 or spanplus_sts";
constexpr std::string_view kNearestLight =
    "nearest: span_s, or plksr_tiny, which is better and slower";
constexpr std::string_view kNearestPlain = "nearest: artcnn_r16f96";
constexpr std::string_view kNearestMedium = "nearest: omnisr or realplksr";
constexpr std::string_view kNearestHeavy =
    "nearest: swinir_m, or hat_m, which is better and slower";
constexpr std::string_view kNearestRestoration = "nearest: realplksr with scale: 1";
constexpr std::string_view kNearestVideo =
    "nearest: temporalspanv2 on clips of 5 frames (docs/video.md)";
constexpr std::string_view kNearestLoss = "nearest: mssimloss, perceptualloss or charbonnierloss";
constexpr std::string_view kUnroundedMetric =
    "it measures values before they are rounded to the 8 bits of a saved image; calculate_psnr and "
    "calculate_ssim measure the image";
constexpr std::string_view kForeignMetric =
    "it needs a foreign network; calculate_psnr and calculate_ssim are computed";

// One row a reason. Working names first: they are shown when a name is unknown. Those of networks
// and discriminators are in arch/, those of losses, metrics, optimizers and schedules in recipe/.
constexpr std::array kTypes = std::to_array<TypeNames>({
    {kNetwork,
     "unetdiscriminatorsn dunet metagan2 metagan3 vggstylediscriminator patchgandiscriminator "
     "patchgandiscriminatorsn multiscalepatchgandiscriminatorsn docres_discriminator",
     kNotAvailable, "a discriminator; network_g makes the images"},
    {kNetwork, "ecbsr nerve paragonsr2_nano paragonsr2_realtime spanf", kNotAvailable,
     kNearestFast},
    {kNetwork, "lhan_tiny paragonsr2", kNotAvailable, kNearestLight},
    {kNetwork, "ridnet", kNotAvailable, kNearestPlain},
    {kNetwork, "dat_iln_light hat_iln_light heart lawfft lhan_light lhan_medium", kNotAvailable,
     kNearestMedium},
    {kNetwork,
     "dat_iln dat_iln_2 dat_iln_s "
     "hat_iln hat_iln_l hat_iln_l_aligned "
     "hat_iln_m hat_iln_m_aligned hat_iln_s "
     "srformerv2",
     kNotAvailable, kNearestHeavy},
    {kNetwork, "autoencoder nafnet nafnet32 nafnet64", kNotAvailable, kNearestRestoration},
    {kNetwork, "unetsegmentation", kNotAvailable,
     "it marks places of an image instead of making one; here it is a discriminator"},
    {kNetwork, "stylegan2generator stylegan2generatorbilinear dfdnet hifacegan", kNotAvailable,
     "it makes or restores faces; networks here scale up any image"},
    {kNetwork, "basicvsr basicvsrplusplus duf edvr iconvsr", kNotAvailable, kNearestVideo},

    {kDiscriminator, "metagan ea2fpn stylegan2discriminator hifacegandiscriminator", kNotAvailable,
     "nearest: metagan2, unetdiscriminatorsn or dunet"},

    {kDataset, "pairedimagedataset", kWorks, "GT and LQ images from folders, paired by stem"},
    {kDataset, "singlegtdataset", kWorks,
     "GT images; LQ is made by one resize, antialiased bicubic or another (lq_resize_mode)"},
    {kDataset, "pairedvideodataset", kWorks,
     "GT and LQ videos or folders of frames, paired by name (docs/video.md)"},
    {kDataset, "singlevideodataset", kWorks,
     "GT videos or folders of frames; LQ is made as in singlegtdataset"},
    {kDataset, "realesrgandataset", kWorks,
     "GT images; LQ is made by random blur, resize, noise and JPEG (docs/degradation.md)"},
    {kDataset, "realesrganpaireddataset", kWorks,
     "pairs of which some samples are degraded instead, with dataroot_lq_prob or "
     "high_order_degradation: true; without them it is pairedimagedataset, as in Real-ESRGAN"},
    {kDataset,
     "redsdataset redsrecurrentdataset vimeo90kdataset vimeo90krecurrentdataset videotestdataset "
     "videotestvimeo90kdataset videotestdufdataset videorecurrenttestdataset",
     kNotAvailable, "nearest: pairedvideodataset"},
    {kDataset, "singleimagedataset", kSkipped,
     "LQ without GT, for validation: there is nothing to compare outputs with; sr-train upscale "
     "makes such pictures of saved weights. For training the nearest is singlegtdataset"},
    {kDataset, "singlelqdataset gtimagedataset ffhqdataset", kNotAvailable,
     "nearest: singlegtdataset"},

    {kLoss, "msfliploss", kNotAvailable, "nearest: fliploss"},
    {kLoss, "pdloss fdloss", kNotAvailable, "nearest: perceptualloss with criterion: pd or fd"},
    {kLoss, "topiqloss hrinversionloss dinov2loss", kNotAvailable,
     "nearest: distsloss, adistsloss or perceptualloss"},
    {kLoss, "mssiml1loss msssimloss", kNotAvailable, kNearestLoss},

    {kLoss, "gradientpenaltyloss", kNotAvailable,
     "nearest: r1_reg_weight of the ganloss (docs/gan.md)"},

    {kOptimizer, "AdamW_SF SOAP_SF", kNotAvailable, "nearest: AdamWScheduleFree, SOAP"},
    {kOptimizer, "Adamax AdamW_Win FSAM Lamb", kNotAvailable, "nearest: AdamW"},
    {kOptimizer, "ASGD RMSprop Rprop", kNotAvailable, "nearest: Adam, or SGD"},

    {kScheduler, "LinearWarmup VibrateLR", kNotAvailable,
     "nearest: CosineAnnealingLR or WarmupStableDecay, with train.warmup_iter"},
    {kScheduler, "LambdaLR MultiplicativeLR SequentialLR ChainedScheduler", kNotAvailable,
     "takes Python functions or objects, which a file cannot hold; nearest: MultiStepLR"},
    {kScheduler, "ReduceLROnPlateau", kNotAvailable,
     "nearest: training_automations.IntelligentLearningRateScheduler"},

    {kMetric, "calculate_fid", kSkipped, kForeignMetric},
    {kMetric, "calculate_psnr_pt calculate_ssim_pt", kSkipped, kUnroundedMetric},
});

}  // namespace

std::span<const TypeNames> type_names() {
  static const std::vector<TypeNames> kAll = [] {
    std::vector<TypeNames> rows;
    const auto add = [&](TypeKind kind, const auto& row) {
      rows.push_back({kind, row.type, kWorks, row.description});
      if (!row.aliases.empty()) {
        rows.push_back({kind, row.aliases, kWorks, "", row.type});
      }
    };
    const auto add_foreign = [&](TypeKind kind) {
      std::ranges::copy_if(kTypes, std::back_inserter(rows),
                           [&](const TypeNames& row) { return row.kind == kind; });
    };
    for (const arch::Architecture& row : arch::architectures()) {
      add(kNetwork, row);
    }
    add_foreign(kNetwork);
    for_each_row(arch::kDiscriminators, [&](const auto& row) { add(kDiscriminator, row); });
    add_foreign(kDiscriminator);
    add_foreign(kDataset);
    for_each_row(recipe::kLosses, [&](const auto& row) { add(kLoss, row); });
    add_foreign(kLoss);
    for_each_row(recipe::kOptimizers, [&](const auto& row) { add(kOptimizer, row); });
    add_foreign(kOptimizer);
    for_each_row(recipe::kSchedules, [&](const auto& row) { add(kScheduler, row); });
    add_foreign(kScheduler);
    for (const recipe::MetricRow& row : recipe::kMetrics) {
      rows.push_back({kMetric, row.type, kWorks, row.description});
    }
    add_foreign(kMetric);
    return rows;
  }();
  return kAll;
}

std::optional<FoundType> find_type(TypeKind kind, std::string_view name) {
  const std::string wanted = lower(name);
  for (const TypeNames& row : type_names()) {
    if (row.kind != kind) {
      continue;
    }
    for (const std::string& known : words(row.names)) {
      if (lower(known) == wanted) {
        return FoundType{row.alias_of.empty() ? known : std::string(row.alias_of), row.support,
                         row.text};
      }
    }
  }
  return std::nullopt;
}

std::vector<std::string> names_of_types(TypeKind kind,
                                        const std::function<bool(const TypeNames&)>& takes) {
  std::vector<std::string> names;
  for (const TypeNames& row : type_names()) {
    if (row.kind == kind && takes(row)) {
      const std::vector<std::string> more = words(row.names);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  return names;
}

std::vector<std::string> working_types(TypeKind kind) {
  return names_of_types(kind, [](const TypeNames& row) {
    return row.support == Support::kWorks && row.alias_of.empty();
  });
}

std::string_view kind_name(TypeKind kind) {
  static constexpr std::array<std::string_view, 7> kNames{
      "network", "discriminator", "data set", "loss", "optimizer", "scheduler", "metric"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace sr::settings
