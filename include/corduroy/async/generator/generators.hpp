#pragma once

// All of generators, their adaptors included.

#include <corduroy/async/generator/as_completed.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/generator/cooperator.hpp>
#include <corduroy/async/generator/generator_of.hpp>
#include <corduroy/async/generator/map_concurrent.hpp>
#include <corduroy/async/generator/merge.hpp>
#include <corduroy/async/generator/pipeline.hpp>
#include <corduroy/async/generator/with_pipeline.hpp>
