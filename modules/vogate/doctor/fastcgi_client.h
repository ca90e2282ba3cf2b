// SPDX-License-Identifier: Apache-2.0
// One GET request to a FastCGI executable, without a web server.
//
//     const auto answer = ask_fastcgi(run_dir + "/tap-sync.sock", "/availability");
//     answer.starts_with("Status: 200");
//
// Throws Error with the system's words when the socket cannot be reached, and when no whole answer
// comes within 5 s.
#pragma once

#include <string>

namespace vo::vogate::doctor {

// Header and body as the executable wrote them.
[[nodiscard]] std::string ask_fastcgi(const std::string& socket_path, const std::string& path_info);

}  // namespace vo::vogate::doctor
