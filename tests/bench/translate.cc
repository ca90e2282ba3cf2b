// SPDX-License-Identifier: Apache-2.0
// ADQL to SQL per second on one core: the whole way against a catalogue of 300 tables, and the
// parser alone. No query is translated twice in a row, and nothing is kept between two.
//
//     tests/bench/translate [SECONDS]      prints "full N/s" and "parse N/s"
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "adql/adql.h"
#include "adql/ast.h"
#include "adql/lexer.h"
#include "adql/parser.h"
#include "adql/sample_catalog.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTables = 300;
constexpr int kColumns = 30;

// The tables of the tests, and many more of a site's own.
vo::schema::Catalog make_catalog() {
    auto catalog = vo::test::sample_catalog();
    const auto first = catalog.tables.size();
    catalog.schemas.push_back({.name = "site"});
    for (std::size_t t = first; t < kTables; ++t) {
        vo::schema::Table table;
        table.base_name = "catalogue_" + std::to_string(t);
        table.schema_name = "site";
        table.name = "site." + table.base_name;
        table.sql_name = "\"site\".\"" + table.base_name + "\"";
        table.type = "table";
        for (int c = 0; c < kColumns; ++c) {
            vo::schema::Column column;
            column.name = "column_" + std::to_string(c);
            column.sql_name = column.name;
            column.type = vo::table::Type::Double;
            column.unit = "deg";
            column.ucd = "pos.eq.ra";
            column.description = "A column of a table of the site's own, described in some words.";
            table.columns.push_back(std::move(column));
        }
        catalog.schemas.back().tables.push_back(catalog.tables.size());
        catalog.tables.push_back(std::move(table));
    }
    return catalog;
}

std::vector<std::string> make_queries() {
    std::vector<std::string> queries;
    for (int i = 0; i < 1000; ++i) {
        const auto n = std::to_string(i % 250 + 30);
        const auto c = std::to_string(i % kColumns);
        switch (i % 5) {
            case 0: queries.push_back("SELECT TOP 1 * FROM site.catalogue_" + n); break;
            case 1:
                queries.push_back(
                    "SELECT event_id, ra, dec, energy FROM dl3.events WHERE 1 = "
                    "CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', " +
                    n + ".5, 22.0, 0.2))");
                break;
            case 2:
                queries.push_back("SELECT column_" + c + ", COUNT(*) AS n FROM site.catalogue_" + n +
                                  " WHERE column_3 BETWEEN 1 AND " + n +
                                  " GROUP BY column_" + c + " ORDER BY n DESC");
                break;
            case 3:
                queries.push_back("SELECT obs_id, s_ra, s_dec, t_min FROM ivoa.obscore WHERE t_min > " +
                                  n + " AND em_min < 1e-18 AND access_estsize > 10");
                break;
            default:
                queries.push_back("SELECT o.obs_id, e.energy FROM dl3.events AS e JOIN "
                                  "ivoa.obscore AS o ON e.obs = o.obs WHERE e.energy > " +
                                  n + " ORDER BY e.energy DESC");
        }
    }
    return queries;
}

template <typename Work>
double rate(double seconds, const std::vector<std::string>& queries, const Work& work) {
    const auto start = Clock::now();
    std::int64_t done = 0;
    double taken = 0;
    while (taken < seconds) {
        for (const auto& query : queries)
            work(query);
        done += static_cast<std::int64_t>(queries.size());
        taken = std::chrono::duration<double>(Clock::now() - start).count();
    }
    return static_cast<double>(done) / taken;
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
    const auto catalog = make_catalog();
    const auto queries = make_queries();
    std::size_t bytes = 0;
    const auto full = rate(seconds, queries, [&](const std::string& query) {
        bytes += vo::adql::translate(query, catalog).sql.size();
    });
    const auto parse = rate(seconds, queries, [&](const std::string& query) {
        constexpr vo::adql::Limits kLimits;
        const auto tokens = vo::adql::read_tokens(query, kLimits.max_tokens);
        vo::adql::Tree tree;
        vo::adql::Parser(tokens, tree, kLimits.max_depth).run();
        bytes += tokens.size();
    });
    std::cout << "full " << static_cast<std::int64_t>(full) << "\nparse "
              << static_cast<std::int64_t>(parse) << '\n';
    return bytes == 0 ? 1 : 0;
}
