// The bodies of Asio and Beast, compiled once (see asio.hpp). No code of ours.
#include "muster/io/http/beast/asio.hpp"

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
