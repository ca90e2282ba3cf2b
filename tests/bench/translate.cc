// SPDX-License-Identifier: Apache-2.0
// ADQL to SQL per second on one core: the whole way against a catalogue of 300 tables, and the
// parser alone, by the time that the processor worked. No query is translated twice in a row, and
// nothing is kept between two.
//
//     tests/bench/translate SECONDS FILE...
//         A FILE that ends in .txt has cases as tests/adql/cases has them, of which those that are
//         translated count; any other has queries, each ended by NUL.
//     Prints "queries N", "refused N", "full N/s", "parse N/s".
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "adql/adql.h"
#include "adql/ast.h"
#include "adql/lexer.h"
#include "adql/parser.h"
#include "adql/sample_catalog.h"
#include "base/error.h"

namespace {

using vo::schema::Catalog;
using vo::table::Type;

constexpr int kTables = 300;
constexpr int kColumns = 30;

// What the IVOA's 44 queries of use name, beside the tables of the tests: words of texts, of
// numbers.
struct TableRow {
    std::string_view schema;
    std::string_view name;
    std::string_view texts;
    std::string_view numbers;
};

constexpr TableRow kTableRows[] = {
    {"tap_schema", "tables", "schema_name table_name table_type description utype", "table_index"},
    {"tap_schema", "columns", "datatype arraysize xtype unit ucd utype description", ""},
    {"ivoa", "obscore",
     "target_name instrument_name facility_name obs_collection obs_title dataproduct_type "
     "dataproduct_subtype access_url access_format em_ucd o_ucd pol_states dp_id filter "
     "proposal_id obs_creator_name",
     "em_max em_res_power em_xel t_max t_exptime t_resolution t_xel s_resolution s_xel1 s_xel2 "
     "abmaglim snr gal_lat gal_lon pol_xel multi_ob"},
    {"asm", "mass_paranal", "start_date", "turbfwhm tet"},
    {"asm", "lhatpros_paranal_profiles", "start_date midpoint_date", "ra dec alt az valid"},
    {"dbo", "raw", "dp_id prog_id instrument dp_cat dp_tech dp_type exp_start", "exposure"},
    {"phase3v2", "provenance", "source_file category", "product_file"},
    {"phase3v2", "files", "archive_id name", "file_id"},
};

vo::schema::Table& find_or_add(Catalog& catalog, std::string_view schema, std::string_view name) {
    for (auto& table : catalog.tables)
        if (table.schema_name == schema && table.base_name == name) return table;
    auto& table = catalog.tables.emplace_back();
    table.schema_name = schema;
    table.base_name = name;
    table.name = table.schema_name + '.' + table.base_name;
    table.sql_name = '"' + table.schema_name + "\".\"" + table.base_name + '"';
    table.type = "table";
    return table;
}

void add_column(vo::schema::Table& table, const std::string& name, Type type) {
    vo::schema::Column column;
    column.name = name;
    column.sql_name = name;
    column.type = type;
    if (type == Type::Text) column.arraysize = "*";
    column.unit = type == Type::Double ? "deg" : "";
    column.ucd = "pos.eq.ra";
    column.utype = "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1";
    column.description = "A column of a table of the site's own, described in some words.";
    table.columns.push_back(std::move(column));
}

void add_columns(vo::schema::Table& table, std::string_view names, Type type) {
    while (!names.empty()) {
        const auto end = std::min(names.find(' '), names.size());
        add_column(table, std::string(names.substr(0, end)), type);
        names.remove_prefix(std::min(end + 1, names.size()));
    }
}

Catalog make_catalog() {
    auto catalog = vo::test::sample_catalog();
    for (const auto& row : kTableRows) {
        auto& table = find_or_add(catalog, row.schema, row.name);
        add_columns(table, row.texts, Type::Text);
        add_columns(table, row.numbers, Type::Double);
    }
    while (catalog.tables.size() < kTables) {
        auto& table =
            find_or_add(catalog, "site", "catalogue_" + std::to_string(catalog.tables.size()));
        for (int c = 0; c < kColumns; ++c)
            add_column(table, "column_" + std::to_string(c), Type::Double);
    }
    catalog.index_tables();
    return catalog;
}

// QUERIES ---------------------------------------------------------------------------------------

void add_cases(std::istream& in, std::vector<std::string>& queries) {
    std::string query;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("> ")) query += line.substr(2) + '\n';
        if (!line.empty()) continue;
        if (!query.empty()) queries.push_back(query);
        query.clear();
    }
    if (!query.empty()) queries.push_back(query);
}

void add_file(const std::string& path, std::vector<std::string>& queries) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw vo::Error(vo::Code::BadRequest, "cannot read " + path);
    if (path.ends_with(".txt")) return add_cases(in, queries);
    for (std::string query; std::getline(in, query, '\0');)
        queries.push_back(query);
}

bool is_translated(const std::string& query, const Catalog& catalog, bool tell) {
    try {
        (void)vo::adql::translate(query, catalog);
        return true;
    } catch (const vo::Error& error) {
        if (tell) std::cerr << error.what() << ": " << query << '\n';
        return false;
    }
}

template <typename Work>
double rate(double seconds, const std::vector<std::string>& queries, const Work& work) {
    const auto start = std::clock();
    std::int64_t done = 0;
    double taken = 0;
    while (taken < seconds) {
        for (const auto& query : queries)
            work(query);
        done += static_cast<std::int64_t>(queries.size());
        taken = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    }
    return static_cast<double>(done) / taken;
}

int run(double seconds, const std::vector<std::string>& files) {
    const auto catalog = make_catalog();
    std::vector<std::string> queries;
    std::size_t refused = 0;
    for (const auto& file : files) {
        std::vector<std::string> found;
        add_file(file, found);
        for (auto& query : found) {
            // Cases are refused on purpose, others are not.
            const bool fine = is_translated(query, catalog, !file.ends_with(".txt"));
            refused += fine || file.ends_with(".txt") ? 0 : 1;
            if (fine) queries.push_back(std::move(query));
        }
    }
    if (queries.empty()) throw vo::Error(vo::Code::BadRequest, "there are no queries");
    std::size_t bytes = 0;
    const auto full = rate(seconds, queries, [&](const std::string& query) {
        bytes += vo::adql::translate(query, catalog).sql.size();
    });
    const auto parse = rate(seconds, queries, [&](const std::string& query) {
        constexpr vo::adql::Limits kLimits;
        const auto tokens = vo::adql::read_tokens(query, kLimits.max_tokens);
        vo::adql::Tree tree;
        vo::adql::Parser(tokens.list, tree, kLimits.max_depth).run();
        bytes += tokens.list.size();
    });
    std::cout << "queries " << queries.size() << "\nrefused " << refused << "\nfull "
              << static_cast<std::int64_t>(full) << "\nparse " << static_cast<std::int64_t>(parse)
              << '\n';
    return bytes == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc > 1 ? std::atof(argv[1]) : 2, {argv + std::min(argc, 2), argv + argc});
    } catch (const vo::Error& error) {
        std::cerr << "translate: " << error.what() << '\n';
        return 1;
    }
}
