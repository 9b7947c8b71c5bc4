#pragma once

#include "config/config.h"
#include "config/dist_settings.h"
#include "fields/section_text.h"

// The table of every section: what the YAML calls a setting, its legal range, its effect.

namespace sr::settings {

const Fields<Config>& top_fields();
const Fields<DatasetConfig>& dataset_fields();   ///< every data set
const Fields<DatasetConfig>& training_fields();  ///< datasets.train: dataset_fields and its own
/// datasets.train of type realesrgandataset besides; they may stand at the top level as well.
const Fields<DegradationConfig>& degradation_fields();
bool is_degradation_key(const std::string& key);  ///< one of them, by key or alias
const Fields<ScheduledSize>& schedule_fields();
const Fields<PathConfig>& path_fields();
const Fields<TrainConfig>& train_fields();
const Fields<ClockReading>& clock_fields();
const Fields<EcoConfig>& eco_fields();
const Fields<ValConfig>& val_fields();
const Fields<MetricConfig>& metric_fields();
const Fields<LoggerConfig>& logger_fields();
const Fields<DistSettings>& dist_fields();

/// What is measured when the file says nothing.
std::vector<MetricConfig> default_metrics(int scale);

/// Of docs/configuration.md.
std::vector<SectionText> all_sections();

}  // namespace sr::settings
