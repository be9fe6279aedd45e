#pragma once

#include <corduroy/testing/sweep.hpp>

#include <doctest/doctest.h>

#include <string>

// Sweeps a scenario in every way, and says how many points there were.
inline void sweep_all(const corduroy::sweep::Scenario& scenario) {
    corduroy::sweep::Report report = corduroy::sweep::all(scenario);
    std::string text = report.text();
    MESSAGE(text);
    CHECK_MESSAGE(report.passed(), text);
}
