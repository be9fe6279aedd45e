#pragma once

// All of Corduroy but its testing wing: tasks and the reactor, net and HTTP.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/awaiting.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/failure_ledger.hpp>
#include <corduroy/async/gather.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/perform.hpp>
#include <corduroy/async/race.hpp>
#include <corduroy/async/react.hpp>
#include <corduroy/async/readiness.hpp>
#include <corduroy/async/root_task.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/settle.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/reactor/delayed_call.hpp>
#include <corduroy/reactor/due_timers.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/ready.hpp>
#include <corduroy/reactor/service.hpp>
#include <corduroy/reactor/step.hpp>
#include <corduroy/reactor/timer_node.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include <corduroy/http.hpp>
#include <corduroy/net.hpp>
