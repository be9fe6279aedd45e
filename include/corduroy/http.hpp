#pragma once

// The HTTP client and server: the whole http floor.

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/body_reader.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/content/decoding_settings.hpp>
#include <corduroy/http/cookies/cookie.hpp>
#include <corduroy/http/cookies/cookie_jar.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/field_store.hpp>
#include <corduroy/http/files/content_range.hpp>
#include <corduroy/http/files/download.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/middleware.hpp>
#include <corduroy/http/parse_event.hpp>
#include <corduroy/http/proxy/proxy.hpp>
#include <corduroy/http/proxy/proxy_settings.hpp>
#include <corduroy/http/redirect_method.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/request_builder.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/request_parser.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/response_head.hpp>
#include <corduroy/http/response_parser.hpp>
#include <corduroy/http/retry/retry_policy.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/http/server_settings.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/transport.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/http/version.hpp>
