// The one door to Boost: every file that uses Asio or Beast includes this, and asio.cpp holds their
// bodies. Compiling them once halves the time that each of the few files costs. That it is so is
// said for the whole library in src/muster/CMakeLists.txt: files that disagree would each have an
// error category of their own, and no error would equal another's.
//
// Private to io/http; no public header includes it.
#pragma once

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_BEAST_SEPARATE_COMPILATION)
#error "compile with BOOST_ASIO_SEPARATE_COMPILATION and BOOST_BEAST_SEPARATE_COMPILATION"
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
