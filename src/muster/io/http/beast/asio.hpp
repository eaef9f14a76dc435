// The one door to Boost: every file that uses Asio or Beast includes this, and asio.cpp holds their
// bodies. Compiling them once halves the time that each of the few files costs.
//
// Private to io/http; no public header includes it.
#pragma once

#ifndef BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_ASIO_SEPARATE_COMPILATION
#endif
#ifndef BOOST_BEAST_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#endif

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace muster {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace muster
