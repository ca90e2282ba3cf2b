// SPDX-License-Identifier: Apache-2.0
// The head of a page, with its style.
#include "doc/page.h"

namespace vo::doc {

namespace {

// No character of it needs an escape, which HTML would not undo inside a style element.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:60rem;padding:0 1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    "pre,textarea,code{font:0.9rem/1.4 ui-monospace,monospace}"
    "pre{padding:0.7rem;overflow-x:auto;background:rgba(127,127,127,0.12);border-radius:4px}"
    "textarea{width:100%;box-sizing:border-box;min-height:8rem}"
    "table{border-collapse:collapse}"
    "th,td{padding:0.2rem 0.7rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid rgba(127,127,127,0.35)}"
    "th{position:sticky;top:0;background:Canvas}th small{display:block;font-weight:normal}"
    ".error{color:#b00020;font-weight:bold}.note{opacity:0.75}";

}  // namespace

void open_page(XmlWriter& xml, std::string_view title, std::string_view style) {
    xml.open("html").attr("xmlns", "http://www.w3.org/1999/xhtml").attr("lang", "en");
    xml.open("head");
    xml.open("meta").attr("charset", "utf-8").close();
    xml.open("meta")
        .attr("name", "viewport")
        .attr("content", "width=device-width, initial-scale=1")
        .close();
    xml.leaf("title", title);
    xml.open("style").text(kStyle).text(style).close();
    xml.close();
    xml.open("body");
}

}  // namespace vo::doc
