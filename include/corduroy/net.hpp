#pragma once

// Addresses, names, streams, listeners and TLS: the whole net floor.

#include <corduroy/net/address.hpp>
#include <corduroy/net/buffered_reader.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/connect_options.hpp>
#include <corduroy/net/gone_sign.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/net/name_cache_settings.hpp>
#include <corduroy/net/override_resolver.hpp>
#include <corduroy/net/received_bytes.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/net/stream_errors.hpp>
#include <corduroy/net/system_resolver.hpp>
#include <corduroy/net/tls.hpp>
#include <corduroy/net/tls_context.hpp>
#include <corduroy/net/tls_settings.hpp>
