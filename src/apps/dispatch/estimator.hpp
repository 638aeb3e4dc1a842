#pragma once

#include "apps/providers/estimator.hpp"

namespace segurifai::dispatch {

// One estimator, used everywhere (RULES §7): it stands in providers, which search nearby with it.
using providers::arrival_at;
using providers::Estimate;
using providers::estimate;
using providers::eta_minutes;
using providers::HourFactors;
using providers::promised_at;
using providers::promised_minutes;
using providers::stored_km;

}  // namespace segurifai::dispatch
